"""Who may open which page: every named address of the site has an entry, else a test fails.

The key is the name of the address (`namespace:name`); the value says who gets it without being
refused. "everybody" is whoever has logged in; "stranger" needs no log-in at all.
"""

from __future__ import annotations

EVERYBODY = ("Analyst", "Marketer", "Admin")
MARKETERS = ("Marketer", "Admin")
ADMINS = ("Admin",)
STRANGERS = ("stranger", *EVERYBODY)

ACCESS: dict[str, tuple[str, ...]] = {
    "customers:list": EVERYBODY,
    "customers:detail": EVERYBODY,
    "home": EVERYBODY,
    "jobs:list": EVERYBODY,
    "jobs:detail": EVERYBODY,
    "jobs:state": EVERYBODY,
    "jobs:cancel": EVERYBODY,
    "jobs:retry": EVERYBODY,
    "jobs:rejections": MARKETERS,
    "health": STRANGERS,
    "worker_health": STRANGERS,
    "settings:shop": ADMINS,
    "settings:classification": ADMINS,
    "audit:list": ADMINS,
}
