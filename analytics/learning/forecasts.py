"""Lessons about coming orders: habits of all customers, then each horizon with its back-test."""

from __future__ import annotations

from datetime import date

from analytics.learning.fitted import fitted
from analytics.learning.lessons import Learned, Lesson, Occasion, RuleFigures, Tested, shortage
from analytics.learning.order_samples import OrderSample, read_order_sample
from analytics.models import Prediction, RefreshPart, Rule
from analytics.predictive import forecast_learning
from analytics.predictive.bg_nbd import BgNbd
from analytics.predictive.forecast import HORIZONS, Forecaster
from analytics.predictive.forecast_learning import Habits, fit_habits
from analytics.predictive.forecast_test import ForecastTest, back_test
from analytics.predictive.gamma_gamma import GammaGamma
from analytics.predictive.packing import pack
from analytics.predictive.regression import NotEnoughDataError, Regression

HABITS = "forecast_habits"
PREDICTIONS = {
    30: Prediction.ORDERS_30,
    90: Prediction.ORDERS_90,
    365: Prediction.ORDERS_365,
}
NOTHING = b""


def horizon_key(horizon: int) -> str:
    """Return the key of the regressions of a horizon."""
    return f"forecast_{horizon}"


def stored_forecaster() -> Forecaster | None:
    """Return the forecaster in use, None where the shop's data did not suffice for one."""
    habits = fitted(HABITS, Habits, BgNbd, GammaGamma)
    if habits is None:
        return None
    wanted = forecast_learning.Learned
    learned = tuple(fitted(horizon_key(horizon), wanted, Regression) for horizon in HORIZONS)
    return Forecaster(habits, HORIZONS, learned)


class HabitsLesson(Lesson):
    """How often customers order and what an order is worth: BG/NBD and Gamma-Gamma."""

    key = HABITS
    part = RefreshPart.FORECASTS

    def learn(self, occasion: Occasion) -> Learned:
        """Fit both on all order days of the sample."""
        sample = _order_sample(occasion)
        try:
            habits = fit_habits(sample.days, today=occasion.today, returned=sample.returned)
        except NotEnoughDataError:
            return Learned({HABITS: NOTHING})
        return Learned({HABITS: pack(habits)})


class HorizonLesson(Lesson):
    """What the windows of a horizon taught, and how a forecast of the last one would have done."""

    part = RefreshPart.FORECASTS

    def __init__(self, horizon: int) -> None:
        self.horizon = horizon
        self.key = horizon_key(horizon)
        self.prediction = PREDICTIONS[horizon]

    def learn(self, occasion: Occasion) -> Learned:
        """Learn from the closed windows; what is missing is told by the back-test."""
        sample = _order_sample(occasion)
        today, days = occasion.today, sample.days
        models = {self.key: NOTHING}
        try:
            learned = forecast_learning.learn(days, today=today, horizon=self.horizon)
            models[self.key] = pack(learned)
            found = back_test(days, today=today, horizon=self.horizon, returned=sample.returned)
        except NotEnoughDataError as error:
            return Learned(models, [shortage(self.prediction, self.horizon, error)])
        return Learned(models, [self._tested(found)])

    def _tested(self, found: ForecastTest) -> Tested:
        figures: dict[str, object] = {
            "window_start": date.fromordinal(found.first),
            "window_end": date.fromordinal(found.after),
            "case_count": found.customers,
            "hit_count": found.ordered,
            "named_count": found.named,
            "named_hits": found.hits,
            "auc": found.auc,
            "lift": found.lift,
            "calibration_error": found.calibration_error,
            "brier_score": found.brier,
            "count_bias": found.count_bias,
            "revenue_bias": found.revenue_bias,
        }
        rules = [
            RuleFigures(Rule(name), rule.auc, rule.lift, rule.calibration_error)
            for name, rule in found.rules.items()
        ]
        tenths = [(tenth.cases, tenth.predicted, tenth.observed) for tenth in found.tenths]
        return Tested(self.prediction, self.horizon, figures, rules, tenths)


LESSONS: tuple[Lesson, ...] = (HabitsLesson(), *(HorizonLesson(horizon) for horizon in HORIZONS))


def _order_sample(occasion: Occasion) -> OrderSample:
    return read_order_sample(start=occasion.start, zone=occasion.shop.zone)
