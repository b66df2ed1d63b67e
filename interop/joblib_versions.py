"""test_joblib.py with the versions of scikit-learn that have a build for this Python, the oldest first: each in an environment of
its own, made below out/ and kept. Takes minutes and 3 GB; not part of `npm run test:interop`.

    python interop/joblib_versions.py [VERSION …]
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: For each scikit-learn, what was current with it.
VERSIONS = {
    "1.1.3": ["numpy==1.23.5", "scipy==1.9.3", "joblib==1.2.0", "pandas==1.5.3", "h5py==3.8.0"],
    "1.2.2": ["numpy==1.23.5", "scipy==1.10.1", "joblib==1.2.0", "pandas==1.5.3", "h5py==3.8.0"],
    "1.3.2": ["numpy==1.24.4", "scipy==1.11.4", "joblib==1.3.2", "pandas==2.0.3", "h5py==3.10.0"],
    "1.4.2": ["numpy==1.26.4", "scipy==1.13.1", "joblib==1.4.2", "pandas==2.2.3", "h5py==3.11.0"],
    "1.5.2": ["numpy==2.0.2", "scipy==1.14.1", "joblib==1.4.2", "pandas==2.2.3", "h5py==3.12.1"],
    "1.6.1": ["numpy==2.2.6", "scipy==1.15.3", "joblib==1.4.2", "pandas==2.2.3", "h5py==3.13.0"],
    "1.7.2": ["numpy==2.3.5", "scipy==1.16.3", "joblib==1.5.2", "pandas==2.3.3", "h5py==3.14.0"],
}
COMMON = ["mpmath==1.4.1"]


def environment(version: str) -> Path:
    folder = ROOT / "out" / "joblib-versions" / version
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        venv.create(folder, with_pip=True, clear=True)
        packages = [f"scikit-learn=={version}", *VERSIONS[version], *COMMON]
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *packages], check=True)
        ready.touch()
    return python


def main() -> int:
    failed = []
    for version in sys.argv[1:] or VERSIONS:
        print(f"scikit-learn {version}, {', '.join(VERSIONS[version][:3])}", flush=True)
        run = subprocess.run([environment(version), Path(__file__).with_name("test_joblib.py"), "--any-version"])
        if run.returncode != 0:
            failed.append(version)
    print(f"{len(failed)} versions failed{': ' + ', '.join(failed) if failed else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
