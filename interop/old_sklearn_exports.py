"""Files that mlsec wrote for other versions of scikit-learn, opened by those. Run on demand, in an environment of its own for each:

    interop/.venv/bin/python interop/test_export_joblib.py exports
    for version in 1.1.3 1.2.2 1.3.2 1.4.2 1.5.2 1.6.1 1.7.2 1.8.0; do
        python3.11 -m venv old-$version
        case $version in 1.[1-4]*) numpy="numpy<2";; *) numpy="numpy<3";; esac
        old-$version/bin/pip install scikit-learn==$version "$numpy" "pandas<3"
        old-$version/bin/python interop/old_sklearn_exports.py exports
    done

Files of the version's own are opened without any warning and give the same classes and, of trees whose rows had no weights, the
same probabilities to the last bit; of the module `mlsec_backend` those of the newest target, too.
"""

import io
import json
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn.base import clone

from export_loaders import attack_backend, attack_training, threat_backend

LIMIT = 1e-5


def table_of(folder: Path, case: dict) -> pd.DataFrame:
    columns = json.loads((folder / Path(case["rows"]).name).read_text(encoding="utf-8"))
    return pd.DataFrame({name: pd.Series(cells, dtype=object if isinstance(cells[0], str) else float) for name, cells in columns.items()})


def check(folder: Path, case: dict) -> float:
    """How far scores are apart."""
    content = joblib.load(folder / Path(case["file"]).name)
    if case["kind"] == "attack_classifier":
        loader = attack_backend if case["layout"] == "backend" else attack_training
    else:
        loader = threat_backend
    proba, names = loader(content, table_of(folder, case))
    assert names == case["predicted"], "other verdicts"
    model = content["model"]
    if hasattr(model, "get_params"):
        assert repr(clone(model)) == repr(model)
        if case["importances"] is not None:
            assert np.abs(np.array(case["importances"]) - model.feature_importances_).max() <= 1e-12
    buffer = io.BytesIO()
    joblib.dump(content, buffer)
    buffer.seek(0)
    assert np.array_equal(loader(joblib.load(buffer), table_of(folder, case))[0], proba), "another model when dumped again"
    return float(np.abs(proba.ravel() - case["proba"]).max())


def main(folder: Path) -> int:
    sys.path.insert(0, str(folder))
    own = ".".join(sklearn.__version__.split(".")[:2])
    cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
    is_exact = 0
    checked = 0
    for case in cases:
        is_own = case["target"] == own
        is_module = case["kind"] == "threat_detector" and case["layout"] == "backend" and case["name"] != "forest"
        if not (is_own or is_module):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("error" if is_own else "ignore")
            # Old versions ask newer ones of pandas in a way that these deprecate.
            warnings.filterwarnings("ignore", "is_.* is deprecated", DeprecationWarning)
            distance = check(folder, case)
        assert distance <= (LIMIT if is_module else 0), f"{case['file']}: {distance}"
        checked += 1
        is_exact += distance == 0
    print(f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, joblib {joblib.__version__}: {checked} files, {is_exact} of them to the last bit")
    return 0 if checked > 0 else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
