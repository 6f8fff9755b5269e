"""Refreshes that learn and predict forecasts alone, where a test is about nothing else."""

from __future__ import annotations

from analytics import predicting
from analytics.models import RefreshPart


def forecasts_only() -> dict[str, tuple]:
    """Return the attributes of `analytics.predicting` to patch."""
    part = RefreshPart.FORECASTS
    return {
        "LESSONS": tuple(predicting.lessons(part)),
        "PREDICTORS": tuple(predicting.predictors(part)),
    }
