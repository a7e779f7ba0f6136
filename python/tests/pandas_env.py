"""Finds, or builds once, a Python with pandas and numpy for the tests that need them.

`python python/tests/pandas_env.py` prints its path. BATCHWISE_TEST_PYTHON names one that is there already. Otherwise a
virtual environment is built below the user's cache folder, keyed by what it holds and by the Python it is made from: by
uv when there is one, else by venv and pip.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys

REQUIREMENTS = ("numpy>=1.20", "pandas>=1.3")


def find_pandas_python():
    """Path of an interpreter that has the requirements."""
    given = os.environ.get("BATCHWISE_TEST_PYTHON")
    if given:
        return given
    key = hashlib.sha256(
        repr((REQUIREMENTS, sys.version_info[:2], os.path.realpath(sys.executable))).encode()
    ).hexdigest()
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.path.join(caches, "batchwise", "test-env", key[:16])
    python = os.path.join(folder, "bin", "python")
    complete = os.path.join(folder, ".complete")
    if os.path.exists(complete):
        return python
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(folder + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # ends with its process, so an interrupted build blocks nobody
        if not os.path.exists(complete):
            shutil.rmtree(folder, ignore_errors=True)
            build_environment(folder, python)
            with open(complete, "w"):
                pass
    return python


def build_environment(folder, python):
    if shutil.which("uv"):
        run_step("uv", "venv", "--quiet", "--python", sys.executable, folder)
        run_step("uv", "pip", "install", "--quiet", "--python", python, *REQUIREMENTS)
    else:
        run_step(sys.executable, "-m", "venv", folder)
        run_step(python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *REQUIREMENTS)


def run_step(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)


if __name__ == "__main__":
    print(find_pandas_python())
