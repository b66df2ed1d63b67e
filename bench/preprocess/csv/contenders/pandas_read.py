import sys
import time

import pandas
from measure import report

started = time.perf_counter()
frame = pandas.read_csv(sys.argv[1])
report(started)
