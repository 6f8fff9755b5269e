"""Everything derived from the record: shop figures, statistics, labels and predictions."""

from analytics.models.customers import (
    CustomerClassification,
    CustomerStatistics,
    Importance,
    LifeCycle,
    PriceSensitivity,
)
from analytics.models.forecasts import HORIZONS, ChurnRisk, CustomerForecast
from analytics.models.interests import (
    Interest,
    InterestTarget,
    Recommendation,
    RecommendationList,
    Strength,
    TargetKind,
)
from analytics.models.learning import (
    BackTest,
    BackTestRule,
    BackTestTenth,
    FittedModel,
    Prediction,
    Rule,
    Shortage,
)
from analytics.models.refresh import PriceNorm, Refresh, RefreshPart
from analytics.models.rules import ClassificationRules

__all__ = [
    "HORIZONS",
    "BackTest",
    "BackTestRule",
    "BackTestTenth",
    "ChurnRisk",
    "ClassificationRules",
    "CustomerClassification",
    "CustomerForecast",
    "CustomerStatistics",
    "FittedModel",
    "Importance",
    "Interest",
    "InterestTarget",
    "LifeCycle",
    "Prediction",
    "PriceNorm",
    "PriceSensitivity",
    "Recommendation",
    "RecommendationList",
    "Refresh",
    "RefreshPart",
    "Rule",
    "Shortage",
    "Strength",
    "TargetKind",
]
