"""The laboratory as a fixture."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager

import pytest

from tests.cluster.databases import connected_to, database
from tests.cluster.lab import Lab


@pytest.fixture(scope="session")
def new_template(tmp_path_factory, django_db_blocker):
    """Make a database by a command, to be copied; other tests meanwhile have no database."""
    if not sys.platform.startswith("linux"):
        pytest.skip("The laboratory finds processes in /proc, which only Linux has.")

    @contextmanager
    def new_template(*command, copy_of=None):
        with ExitStack() as stack:
            with django_db_blocker.unblock():
                folder = tmp_path_factory.mktemp("template")
                made = stack.enter_context(database(folder, template=copy_of))
                Lab(folder, made.url).run(*command)
            yield made
            with django_db_blocker.unblock():
                stack.close()

    return new_template


@pytest.fixture(scope="session")
def empty_shop(new_template):
    """A migrated, empty database like the test run's."""
    with new_template("migrate", "--run-syncdb", "--verbosity", "0") as made:
        yield made


@pytest.fixture(scope="module")
def template(empty_shop):
    """The database of which each test of a module gets a copy; a module may have its own."""
    return empty_shop


@pytest.fixture
def lab(tmp_path, template, django_db_blocker):
    """A copy of the template, and workers on it that can be killed."""
    with django_db_blocker.unblock(), database(tmp_path, template=template) as own:
        lab = Lab(tmp_path, own.url)
        try:
            with connected_to(own):
                yield lab
        finally:
            lab.close()
