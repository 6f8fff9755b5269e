"""A shop with a real web server on a database of its own, and people who visit it in Chromium.

    def test_somebody_looks_at_home(visit):
        anna = visit("Marketer")           # or "Analyst", "Admin", "" for nobody logged in
        page = anna.open("/")              # a Playwright page
        page.get_by_role("link", name="Segments").click()
        anna.check()                       # axe, console, policy, other hosts, width

`site` is the laboratory of `tests.cluster.lab` with a running web server: its `address`, its
commands (`site.run("refresh")`), its worker (`site.start_worker()`); models work on its database.
`shop` names the database that each test of a module gets a copy of: override it for another one.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.db import SessionStore

from cdp.models import User
from tests.browser.visitor import Visitor
from tests.cluster.conftest import empty_shop, lab, new_template
from tests.cluster.lab import ROOT

__all__ = ["empty_shop", "lab", "new_template"]

CUSTOMERS = 300
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = "There is no Chromium. Install the package 'chromium' (apt-get install chromium)."
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a browser; skip with one line where there is none, never in CI."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None and not os.environ.get("CI"):
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Use the system's browser, never a downloaded one; let models work beside its loop."""
    assert CHROMIUM, MISSING
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return {"executable_path": CHROMIUM, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def demo_shop(new_template, empty_shop):
    """A shop of some hundred customers, classified, with the suggested segments."""
    command = ("demo_prepare", "--customers", CUSTOMERS)
    with new_template(*command, copy_of=empty_shop) as made:
        yield made


@pytest.fixture(scope="module")
def shop(demo_shop):
    """The database of which each test of the module gets a copy."""
    return demo_shop


@pytest.fixture(scope="module")
def template(shop):
    """Let the laboratory copy the shop."""
    return shop


@pytest.fixture
def site(lab):
    """A laboratory whose pages are served at `site.address`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lab.address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "cdp.wsgi", "--bind", f"127.0.0.1:{port}"]
    with (lab.folder / "web.log").open("ab") as log:
        server = subprocess.Popen(
            [*command, "--threads", "4", "--worker-class", "gthread"],
            env=lab.environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        lab.wait_for(lambda: answers(f"{lab.address}/healthz"), "the web server")
        yield lab
    finally:
        server.terminate()
        server.wait(timeout=30)


def answers(address: str) -> bool:
    """Whether a web server gives the page."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture
def visit(site, browser):
    """Open a browser for a user of a role: `visit("Marketer", width=390, dark=True)`."""
    contexts = []

    def visit(role: str = "", *, width: int = 1280, dark: bool = False, **options) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        if role:
            cookie = {"name": "sessionid", "value": session_of(role), "url": site.address}
            context.add_cookies([cookie])
        return Visitor(context, site.address)

    yield visit
    for context in contexts:
        context.close()


def session_of(role: str) -> str:
    """Log a user of the role in, made at first use ("superuser" is one); return the session."""
    user, created = User.objects.get_or_create(
        username=role.lower(), defaults={"is_staff": True, "is_superuser": role == "superuser"}
    )
    if created and not user.is_superuser:
        user.groups.add(Group.objects.get(name=role))
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key
