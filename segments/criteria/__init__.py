"""Criteria: what can be asked about a customer. Every module of this package registers its own."""

from importlib import import_module
from pkgutil import iter_modules

from segments.criteria.base import Criterion, criteria

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["Criterion", "criteria"]
