"""How to get at a service what the form of a connection asks for, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class GuideStep:
    """One thing to do over there before the form can be filled in, and the page to do it on."""

    text: StrOrPromise
    url: str = ""
