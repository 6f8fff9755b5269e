"""Frozen dataclasses of arrays and numbers as bytes, and back; nothing in them is ever executed."""

from __future__ import annotations

import io
import json
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
from scipy.sparse import csr_array

Packed = TypeVar("Packed")
STRUCTURE = "structure"


def pack(value: object) -> bytes:
    """Return `value` as compressed bytes.

    It may hold dataclasses, tuples, arrays, sparse matrices, numbers, texts and None.
    """
    arrays: dict[str, np.ndarray] = {}
    structure = json.dumps(_outline(value, arrays)).encode()
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{STRUCTURE: np.frombuffer(structure, np.uint8)}, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def unpack(payload: bytes, wanted: type[Packed], *parts: type) -> Packed:
    """Return the instance of `wanted` that `pack` was given; `parts` are the other dataclasses in
    it.

    Raises ValueError where the bytes hold something else, such as the model of an older version.
    """
    known = {part.__name__: part for part in (wanted, *parts)}
    with np.load(io.BytesIO(payload), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    outline = json.loads(arrays.pop(STRUCTURE).tobytes())
    value = _built(outline, arrays, known)
    if not isinstance(value, wanted):
        raise ValueError(f"The bytes hold no {wanted.__name__}.")
    return value


def _outline(value: object, arrays: dict[str, np.ndarray]) -> object:
    if isinstance(value, np.ndarray):
        return {"array": _kept(value, arrays)}
    if isinstance(value, csr_array):
        parts = (value.data, value.indices, value.indptr)
        return {"sparse": [_kept(part, arrays) for part in parts], "shape": list(value.shape)}
    if is_dataclass(value) and not isinstance(value, type):
        held = {one.name: _outline(getattr(value, one.name), arrays) for one in fields(value)}
        return {"class": type(value).__name__, "fields": held}
    if isinstance(value, tuple | list):
        return {"items": [_outline(item, arrays) for item in value]}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} cannot be packed.")


def _kept(array: np.ndarray, arrays: dict[str, np.ndarray]) -> str:
    if array.dtype.hasobject:
        raise TypeError("An array of Python objects cannot be packed.")
    name = f"a{len(arrays)}"
    arrays[name] = array
    return name


def _built(outline: Any, arrays: dict[str, np.ndarray], known: dict[str, type]) -> object:
    if not isinstance(outline, dict):
        return outline
    if "array" in outline:
        return arrays[outline["array"]]
    if "sparse" in outline:
        data, indices, indptr = (arrays[name] for name in outline["sparse"])
        return csr_array((data, indices, indptr), shape=tuple(outline["shape"]))
    if "items" in outline:
        return tuple(_built(item, arrays, known) for item in outline["items"])
    kind, held = known.get(outline["class"]), outline["fields"]
    if kind is None or _names(kind) != set(held):
        raise ValueError(f"The bytes hold another {outline['class']} than this version knows.")
    return kind(**{name: _built(part, arrays, known) for name, part in held.items()})


def _names(kind: Any) -> set[str]:
    return {one.name for one in fields(kind)}
