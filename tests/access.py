"""Who may open which page: every named address of the site has an entry, else a test fails.

The key is the name of the address (`namespace:name`); the value says who gets it without being
refused. "everybody" is whoever has a role; a "newcomer" has logged in but has none; a "stranger"
has not logged in. `tests/test_access.py` tries every address as each of them.
"""

from __future__ import annotations

EVERYBODY = ("Analyst", "Marketer", "Admin")
MARKETERS = ("Marketer", "Admin")
ADMINS = ("Admin",)
LOGGED_IN = ("newcomer", *EVERYBODY)
STRANGERS = ("stranger", *LOGGED_IN)

ACCESS: dict[str, tuple[str, ...]] = {
    "customers:list": EVERYBODY,
    "customers:detail": EVERYBODY,
    "customers:save_view": EVERYBODY,
    "customers:delete_view": EVERYBODY,
    "customers:choose": MARKETERS,
    "customers:selection": MARKETERS,
    "customers:tag": MARKETERS,
    "customers:enlist": MARKETERS,
    "customers:export": MARKETERS,
    "customers:undo": MARKETERS,
    "home": LOGGED_IN,
    "imports:list": MARKETERS,
    "imports:upload": MARKETERS,
    "imports:example": MARKETERS,
    "imports:mapping": MARKETERS,
    "imports:start": MARKETERS,
    "imports:discard": MARKETERS,
    "imports:detail": MARKETERS,
    "imports:rejects": MARKETERS,
    "jobs:list": EVERYBODY,
    "jobs:detail": EVERYBODY,
    "jobs:state": EVERYBODY,
    "jobs:cancel": EVERYBODY,
    "jobs:retry": EVERYBODY,
    "jobs:rejections": MARKETERS,
    "links:read": STRANGERS,
    "health": STRANGERS,
    "worker_health": STRANGERS,
    "settings:shop": ADMINS,
    "settings:classification": ADMINS,
    "audit:list": ADMINS,
    "account:profile": LOGGED_IN,
    "account:password": LOGGED_IN,
    "account:end_sessions": LOGGED_IN,
    "account:two_step": LOGGED_IN,
    "account:recovery_codes": LOGGED_IN,
    "account:remove_two_step": LOGGED_IN,
    "account:code": STRANGERS,
    "account:set_password": STRANGERS,
    "set_language": STRANGERS,
    "users:list": ADMINS,
    "users:invite": ADMINS,
    "users:detail": ADMINS,
    "users:change_role": ADMINS,
    "users:make_link": ADMINS,
    "users:act": ADMINS,
}
