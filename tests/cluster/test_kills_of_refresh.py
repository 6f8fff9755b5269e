from __future__ import annotations

from datetime import UTC, datetime
from unittest import mock

import pytest
from django.utils import timezone

from analytics import predicting
from analytics.models import (
    BackTest,
    CustomerClassification,
    CustomerForecast,
    CustomerStatistics,
    FittedModel,
    PriceNorm,
    Refresh,
)
from analytics.refresh import refresh_now
from cdp.jobs.requests import enqueue
from cdp.models import Customer, CustomerChange, DailyRun, Job, JobState, Shop
from cdp.periods import local_day
from segments.models import Membership, MembershipEvent, Segment, SegmentRun
from tests.analytics.lessons import forecasts_only
from tests.cluster.databases import connected_to, database
from tests.cluster.strikes import SMALL_CHUNKS, shuffled, strike

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

# The start of 1 November in the shop's time zone, as `refresh --as-of` takes it.
AS_OF = datetime(2026, 10, 31, 23, tzinfo=UTC)
ROLES = ["busy worker"] * 5 + ["idle worker", "monitor", "sentinel"]
COMMAND_KILLS = 2
SEGMENT_KILLS = 2
COMPUTED = (CustomerStatistics, CustomerClassification, CustomerForecast)


@pytest.fixture(scope="module")
def template(empty_shop, new_template):
    """A made-up shop that is not computed yet."""
    command = ("demo_shop", "--customers", 1500, "--seed", 5, "--end", "2026-11-01")
    with new_template(*command, copy_of=empty_shop) as made:
        yield made


@pytest.fixture(scope="module")
def expected(template, tmp_path_factory, django_db_blocker):
    """What a refresh computes that nobody disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with (
        django_db_blocker.unblock(),
        database(folder, template=template) as own,
        connected_to(own),
        mock.patch.multiple(predicting, **forecasts_only()),
    ):
        refresh_now(now=AS_OF, full=True, pinned=True)
        return figures()


@pytest.fixture
def shop(lab):
    """The made-up shop in the lab, computed in small chunks; its daily refresh has been."""
    lab.environment |= SMALL_CHUNKS
    now = timezone.now()
    today = local_day(now, Shop.objects.current().zone)
    DailyRun.objects.create(name="refresh", local_date=today, started_at=now)


def figures():
    """Every column of every computed row, numbers as exact as sums of floats can be."""
    return {
        model: [
            tuple(round(value, 6) if isinstance(value, float) else value for value in row)
            for row in model.objects.order_by("pk").values_list()
        ]
        for model in COMPUTED
    }


def forget() -> None:
    """Remove what was computed, so that no label depends on an earlier one."""
    for model in (*COMPUTED, PriceNorm, Refresh):
        model.objects.all().delete()


def assert_computed_once(expected):
    found = figures()
    for model in COMPUTED:
        assert found[model] == expected[model]
    assert len(found[CustomerStatistics]) == Customer.objects.count()
    assert not CustomerChange.objects.exists()
    assert not Job.objects.filter(kind="refresh").exclude(state=JobState.DONE).exists()
    refresh = Refresh.objects.latest()
    assert expected[CustomerForecast]
    for model in (FittedModel, BackTest):
        assert set(model.objects.values_list("refresh_id", flat=True)) == {refresh.pk}
    assert refresh.finished_at is not None
    assert refresh.customer_count == Customer.objects.count()


def test_kills_during_refreshes_change_no_figure(lab, shop, expected):
    roles = shuffled(ROLES, seed=23)
    lab.start_worker()
    while roles:
        forget()
        Refresh.objects.request(now=timezone.now(), as_of=AS_OF, is_full=True)
        job = enqueue("refresh", now=timezone.now())
        while roles and strike(lab, job, roles[-1]):
            roles.pop()
        lab.wait_for_end(job)
        lab.wait_for_quiet()
        assert_computed_once(expected)
    assert lab.stop_worker() == 0


def test_killed_refresh_command_is_finished_by_the_next(lab, shop, expected):
    for _kill in range(COMMAND_KILLS):
        command = lab.start("refresh", "--as-of", "2026-11-01", "--full")
        job = lab.wait_for(
            Job.objects.live().filter(kind="refresh", epoch__gt=0).first, "a refresh"
        )
        lab.wait_for_progress(job)
        lab.kill_process(command)
    lab.run("refresh", "--as-of", "2026-11-01", "--full")
    assert_computed_once(expected)


def members():
    """Who is in which segment, by the shop's own names."""
    return sorted(Membership.objects.values_list("segment__name", "customer_id", "entered_at"))


def test_kills_during_the_refresh_of_segments_enter_nobody_twice(lab, shop):
    refresh_now(now=AS_OF, full=True, pinned=True, predicts=False)
    lab.run("segments", "suggest", "--create")
    lab.run("segments", "refresh")
    expected = members()
    assert expected
    roles = ["busy worker"] * SEGMENT_KILLS
    lab.start_worker()
    lab.wait_for_quiet()
    while roles:
        for model in (Membership, MembershipEvent, SegmentRun):
            model.objects.all().delete()
        Segment.objects.update(computed_at=None)
        job = enqueue("refresh_segments", now=timezone.now())
        while roles and strike(lab, job, roles[-1]):
            roles.pop()
        lab.wait_for_end(job)
        assert members() == expected
        entered = MembershipEvent.objects.filter(change=MembershipEvent.Change.ENTERED)
        pairs = sorted(entered.values_list("segment__name", "customer_id"))
        assert pairs == [row[:2] for row in expected]
    lab.wait_for_quiet()
    assert not Job.objects.exclude(state=JobState.DONE).exists()
    assert lab.stop_worker() == 0
