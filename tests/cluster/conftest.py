"""The laboratory as a fixture."""

from __future__ import annotations

import sys

import pytest

from tests.cluster.lab import Lab, lab_database


@pytest.fixture
def lab(tmp_path, django_db_blocker):
    """A migrated, empty database like the test run's, and workers on it that can be killed."""
    if not sys.platform.startswith("linux"):
        pytest.skip("The laboratory finds processes in /proc, which only Linux has.")
    with django_db_blocker.unblock(), lab_database(tmp_path) as url:
        lab = Lab(tmp_path, url)
        lab.run("migrate", "--run-syncdb", "--verbosity", "0")
        try:
            yield lab
        finally:
            lab.close()
