"""Settings for tests: fast password hashing and a data folder of their own, else as shipped."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("REGULARS_DATA_DIR", tempfile.mkdtemp(prefix="regulars-tests-"))
os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests")

from cdp.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT = DATA_DIR / "static"  # noqa: F405
STATIC_ROOT.mkdir(exist_ok=True)
INSTALLED_APPS = [*INSTALLED_APPS, "tests.cluster"]  # noqa: F405 - its table and kind of job
