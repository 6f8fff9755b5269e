"""Settings for tests: fast password hashing and a data folder of their own, else as shipped."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "REGULARS_DATA_DIR" not in os.environ:
    folder = tempfile.mkdtemp(prefix="regulars-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["REGULARS_DATA_DIR"] = folder
# Tests that run side by side have a database each: their files must not mix either.
worker = os.environ.get("PYTEST_XDIST_WORKER")
if worker and Path(os.environ["REGULARS_DATA_DIR"]).name != worker:
    os.environ["REGULARS_DATA_DIR"] = str(Path(os.environ["REGULARS_DATA_DIR"]) / worker)
os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests")

from cdp.settings import *  # noqa: E402, F403

# Every test client starts the middleware anew: look for a static file only when it is asked for.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS = [*INSTALLED_APPS, "tests.cluster"]  # noqa: F405 - its table and kind of job
