"""Clean parameters of a row: typed reading, and their flat JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from cdp.text import key

Params: TypeAlias = dict[str, object]

# The parameter that names another segment, which a condition also keeps as a foreign key.
REFERENCE = "segment"


def whole(params: Params, name: str) -> int:
    """Return a whole number."""
    value = params[name]
    if not isinstance(value, int):
        raise TypeError(f"'{name}' must be a whole number, not {type(value).__name__}.")
    return value


def number(params: Params, name: str) -> Decimal:
    """Return an exact number."""
    value = params[name]
    if not isinstance(value, int | Decimal):
        raise TypeError(f"'{name}' must be a number, not {type(value).__name__}.")
    return Decimal(value)


def day(params: Params, name: str) -> date:
    """Return a calendar day."""
    value = params[name]
    if not isinstance(value, date):
        raise TypeError(f"'{name}' must be a day, not {type(value).__name__}.")
    return value


def text(params: Params, name: str) -> str:
    """Return a text."""
    value = params[name]
    if not isinstance(value, str):
        raise TypeError(f"'{name}' must be a text, not {type(value).__name__}.")
    return value


def texts(params: Params, name: str) -> list[str]:
    """Return the texts of a list, none if it was not given."""
    value = params.get(name, [])
    if not isinstance(value, list):
        raise TypeError(f"'{name}' must be a list, not {type(value).__name__}.")
    return [str(item) for item in value]


def keys(params: Params, name: str) -> list[str]:
    """Return the texts of a list in the form under which they are compared."""
    return list(dict.fromkeys(key(item) for item in texts(params, name)))


def plain(params: Mapping[str, object]) -> dict[str, object]:
    """Return clean parameters as flat JSON: days and fractions as text, whole numbers as such."""
    flat: dict[str, object] = {}
    for name, value in params.items():
        if isinstance(value, date):
            flat[name] = value.isoformat()
        elif isinstance(value, Decimal):
            is_whole = value == value.to_integral_value()
            flat[name] = int(value) if is_whole else format(value.normalize(), "f")
        else:
            flat[name] = value
    return flat
