"""Everything a refresh learns and predicts, in order."""

from __future__ import annotations

from analytics.forecasting import ForecastPredictor
from analytics.interests import InterestPredictor
from analytics.learning import forecasts, interests
from analytics.learning.assortments import AssortmentLesson, AssortmentTrial
from analytics.learning.lessons import Lesson
from analytics.models import RefreshPart
from analytics.predictors import ChunkFacts, Derived, Predictor
from analytics.recommending import Recommender
from analytics.scope import Basis, Scope

LESSONS: tuple[Lesson, ...] = (
    *forecasts.LESSONS,
    *interests.LESSONS,
    AssortmentLesson(),
    AssortmentTrial(),
)
PREDICTORS: tuple[Predictor, ...] = (ForecastPredictor(), InterestPredictor(), Recommender())


def lessons(part: RefreshPart | str) -> list[Lesson]:
    """Return the lessons of a refresh of this part."""
    return [lesson for lesson in LESSONS if part in (RefreshPart.ALL, lesson.part)]


def predictors(part: RefreshPart | str) -> list[Predictor]:
    """Return the predictors of a refresh of this part."""
    return [predictor for predictor in PREDICTORS if part in (RefreshPart.ALL, predictor.part)]


def predictions(facts: ChunkFacts, scope: Scope, basis: Basis) -> list[Derived]:
    """Return what is predicted of the customers of a chunk."""
    if not basis.predicts:
        return []
    return [one.predict(facts, scope, basis) for one in predictors(basis.refresh.part)]
