"""The fitted models in use, read from the database once per process."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, TypeVar, cast

from analytics.models import FittedModel
from analytics.predictive.packing import unpack

Model = TypeVar("Model")


def fitted(key: str, wanted: type[Model], *parts: type) -> Model | None:
    """Return the newest model of this key, None where there is none or the data did not suffice.

    `wanted` and `parts` as for `packing.unpack`. A model that another version has packed is none.
    """
    rows = FittedModel.objects.filter(key=key).order_by("-refresh_id")
    digest = rows.values_list("digest", flat=True).first()
    if digest is None:
        return None
    found: Model | None = _unpacked(key, digest, cast("Hashable", wanted), parts)
    return found


@lru_cache(maxsize=16)
def _unpacked(key: str, digest: str, wanted: Any, parts: tuple[Any, ...]) -> Any:
    payloads = FittedModel.objects.filter(key=key, digest=digest).values_list("payload", flat=True)
    payload = bytes(payloads[0])
    if not payload:
        return None
    try:
        return unpack(payload, wanted, *parts)
    except ValueError:
        return None
