"""Fitted models survive as bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.sparse import csr_array

from analytics.predictive.packing import pack, unpack


@dataclass(frozen=True)
class Part:
    weights: np.ndarray
    matrix: csr_array


@dataclass(frozen=True)
class Whole:
    name: str
    level: float
    parts: tuple[Part | None, ...]


@dataclass(frozen=True)
class Other:
    name: str


WHOLE = Whole(
    "orders",
    0.25,
    (Part(np.array([1.5, -2.0]), csr_array(np.array([[0.0, 3.0], [4.0, 0.0]]))), None),
)


def test_a_model_comes_back_as_it_went() -> None:
    found = unpack(pack(WHOLE), Whole, Part)
    assert (found.name, found.level, found.parts[1]) == ("orders", 0.25, None)
    part = found.parts[0]
    assert part is not None
    assert part.weights.tolist() == [1.5, -2.0]
    assert part.matrix.toarray().tolist() == [[0.0, 3.0], [4.0, 0.0]]


def test_the_model_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="Whole"):
        unpack(pack(WHOLE), Other)
    with pytest.raises(ValueError, match="Part"):
        unpack(pack(WHOLE), Whole)


def test_python_objects_are_not_packed() -> None:
    with pytest.raises(TypeError, match="objects"):
        pack(np.array([object()]))
    with pytest.raises(TypeError, match="set"):
        pack({"a", "b"})
