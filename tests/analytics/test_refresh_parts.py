"""`manage.py refresh --only`: one part is predicted anew, and the command says what it found."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from unittest import mock

import pytest
import time_machine
from django.core.management import CommandError, call_command

from analytics import predicting
from analytics.models import CustomerForecast, Refresh, RefreshPart
from tests.analytics.lessons import forecasts_only
from tests.analytics.orders import make_forecast_shop
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forecasts_at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), mock.patch.multiple(predicting, **forecasts_only()):
        yield


def refresh(*arguments: str) -> str:
    out = StringIO()
    call_command("refresh", *arguments, stdout=out)
    return out.getvalue()


def row(shown: str, label: str) -> list[str]:
    return next(line.split() for line in shown.splitlines() if line.split()[:1] == [label])


def test_only_forecasts_are_computed_for_everybody_and_counted():
    make_forecast_shop(customers=150)
    shown = refresh()
    assert row(shown, "forecasts") == ["forecasts", "150"]
    low, medium, high = (row(shown, label) for label in ("low", "medium", "high"))
    assert int(low[1]) + int(medium[1]) + int(high[1]) == 150
    CustomerForecast.objects.all().delete()
    shown = refresh("--only", "forecasts")
    assert "Computed 150 customers (all, forecasts only)" in shown
    assert row(shown, "forecasts") == ["forecasts", "150"]
    assert Refresh.objects.latest().part == RefreshPart.FORECASTS


def test_only_interests_leaves_forecasts_and_labels_as_they_are():
    make_forecast_shop(customers=150)
    refresh()
    CustomerForecast.objects.update(chance_30=0.0123)
    assert "(all, interests only)" in refresh("--only", "interests")
    assert CustomerForecast.objects.filter(chance_30=0.0123).count() == 150


def test_a_part_in_a_shop_that_was_never_computed_computes_everything():
    make_forecast_shop(customers=150)
    shown = refresh("--only", "forecasts")
    assert "(all) as of" in shown
    assert Refresh.objects.latest().part == RefreshPart.ALL


def test_what_a_shop_lacks_is_said_in_whole_sentences():
    shown = refresh()
    assert row(shown, "forecasts") == ["forecasts", "0"]
    lacks = "Not enough data: needs 30 customers who ordered again, has 0."
    assert f"orders within 30 days: {lacks}" in shown
    assert f"orders within 365 days: {lacks}" in shown


def test_an_unknown_part_is_refused():
    with pytest.raises(CommandError, match="invalid choice"):
        refresh("--only", "labels")
