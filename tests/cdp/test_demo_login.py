"""The demo can be seen with the eyes of every role."""

from __future__ import annotations

from pathlib import Path

from cdp.management import demo_login
from cdp.models import User
from cdp.users import role_of


def test_the_demo_has_a_log_in_for_every_role(db: None, settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    demo_login.ensure_users()
    User.objects.filter(username="analyst").update(password="forgotten")
    demo_login.ensure_users()
    users = {user.username: user for user in User.objects.all()}
    assert {name: role_of(user) for name, user in users.items()} == {
        "demo": "",
        "marketer": "Marketer",
        "analyst": "Analyst",
    }
    assert [name for name, user in users.items() if user.is_superuser] == ["demo"]
    assert all(user.check_password(demo_login.password()) for user in users.values())
