"""What a lesson of a refresh is: something learned or tested on the shop's past in one step."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from analytics.models import (
    BackTest,
    BackTestRule,
    BackTestTenth,
    FittedModel,
    Prediction,
    Refresh,
    RefreshPart,
    Rule,
    Shortage,
)
from analytics.predictive.regression import NotEnoughDataError
from cdp.models import Shop
from cdp.periods import start_of


@dataclass(frozen=True)
class Occasion:
    """What a lesson is learned for: the refresh under way, and the shop."""

    refresh: Refresh
    shop: Shop

    @property
    def start(self) -> datetime:
        """Nothing that happened from this moment on may be looked at."""
        return start_of(self.refresh.figures_day, self.shop.zone)

    @property
    def today(self) -> int:
        """The local day that begins then, as an ordinal."""
        return int(self.refresh.figures_day.toordinal())


@dataclass(frozen=True)
class RuleFigures:
    """How a plain rule did."""

    rule: Rule
    auc: float | None = None
    lift: float | None = None
    calibration_error: float | None = None
    ndcg: float | None = None


@dataclass(frozen=True)
class Tested:
    """The columns of a `BackTest` by name, the plain rules beside it, and tenths from the lowest
    up: cases, predicted share, observed share.
    """

    prediction: Prediction
    horizon_days: int
    figures: dict[str, object]
    rules: Sequence[RuleFigures] = ()
    tenths: Sequence[tuple[int, float, float]] = ()


@dataclass(frozen=True)
class Learned:
    """What a lesson gave: packed models by key (empty: too little data) and back-tests."""

    models: dict[str, bytes] = field(default_factory=dict)
    tested: Sequence[Tested] = ()


class Lesson(ABC):
    """One step of learning, a few seconds long even in a shop of a million customers.

    A lesson is learned from a bounded sample of customers, so its length does not grow with the
    shop. It may read what earlier lessons of the same refresh have stored.
    """

    key: str
    part: RefreshPart

    @abstractmethod
    def learn(self, occasion: Occasion) -> Learned:
        """Read the facts from before `occasion.start` and learn; nothing is written."""

    def store(self, occasion: Occasion, learned: Learned) -> None:
        """Write what was learned, inside the caller's transaction; it may be repeated."""
        store(occasion.refresh, learned)


def shortage(prediction: Prediction, horizon_days: int, error: NotEnoughDataError) -> Tested:
    """Return a back-test that says what the shop has too little of."""
    figures: dict[str, object] = {
        "shortage": Shortage(error.what),
        "shortage_needs": error.needs,
        "shortage_has": error.has,
    }
    return Tested(prediction, horizon_days, figures)


def store(refresh: Refresh, learned: Learned) -> None:
    """Write models and back-tests of a refresh in place of those that it may have stored before."""
    for key, payload in learned.models.items():
        FittedModel.objects.update_or_create(
            refresh=refresh,
            key=key,
            defaults={"payload": payload, "digest": hashlib.sha256(payload).hexdigest()},
        )
    for tested in learned.tested:
        BackTest.objects.filter(refresh=refresh, prediction=tested.prediction).delete()
        row = BackTest.objects.create(
            refresh=refresh,
            prediction=tested.prediction,
            horizon_days=tested.horizon_days,
            **tested.figures,
        )
        BackTestRule.objects.bulk_create(
            BackTestRule(
                back_test=row,
                rule=found.rule,
                auc=found.auc,
                lift=found.lift,
                calibration_error=found.calibration_error,
                ndcg=found.ndcg,
            )
            for found in tested.rules
        )
        BackTestTenth.objects.bulk_create(
            BackTestTenth(
                back_test=row, position=place, case_count=cases, predicted=said, observed=was
            )
            for place, (cases, said, was) in enumerate(tested.tenths, start=1)
        )


def forget_earlier(refresh: Refresh) -> None:
    """Remove the models and back-tests that those of this refresh replace."""
    keys = FittedModel.objects.filter(refresh=refresh).values_list("key")
    FittedModel.objects.filter(key__in=keys).exclude(refresh=refresh).delete()
    named = BackTest.objects.filter(refresh=refresh).values_list("prediction")
    BackTest.objects.filter(prediction__in=named).exclude(refresh=refresh).delete()
