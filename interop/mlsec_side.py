"""Asks mlsec: a TypeScript file of this folder reads a request as JSON and answers in JSON, on the sources as they are."""

import json
import subprocess
import sys

from goldens import ROOT, plain


def ask_mlsec(script: str, request):
    """What a script answers; NaN is null in both directions."""
    text = json.dumps(plain(request), allow_nan=False)
    command = ["node", "--import", "tsx", f"interop/{script}"]
    answer = subprocess.run(command, cwd=ROOT, input=text, stdout=subprocess.PIPE, encoding="utf-8")
    if answer.returncode != 0:
        sys.exit(f"{script} failed with exit code {answer.returncode}")
    return json.loads(answer.stdout)


def null_for_nan(values) -> list:
    return [None if value != value else float(value) for value in values]
