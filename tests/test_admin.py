"""Every plain page opens, costs the same for many rows as for few, and is closed to strangers."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success

from cdp.models import Job, JobState, User
from tests.conftest import NOW

OUR_APPS = ("cdp", "analytics", "segments", "integrations")
PAGES = sorted(
    (
        model
        for model in admin.site._registry
        if model._meta.app_label in OUR_APPS and model is not User
    ),
    key=lambda model: model._meta.label,
)
SINGLE_ROWS = {"cdp.Shop", "analytics.ClassificationRules"}
WITHIN_LIMITS: dict[str, dict[str, object]] = {
    "cdp.Job": {"state": JobState.DONE},
    "integrations.Audience": {"holdout_percent": 5, "brake_percent": 30, "schedule": "refresh"},
    "integrations.Lookalike": {"percent": 1},
}
numbers = itertools.count()
LISTS = [model for model in PAGES if model._meta.label not in SINGLE_ROWS]
by_label = pytest.mark.parametrize("model", PAGES, ids=lambda model: model._meta.label)


@pytest.fixture
def marketer(db: None) -> Client:
    return client_of(User.objects.create_superuser("marketer"))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def path(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def value(field: models.Field, number: int) -> object:
    """Something valid for a column, different for every number."""
    if field.choices:
        choices = [choice for choice, _label in field.flatchoices]
        return choices[number % len(choices)]
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.DateTimeField):
        return NOW - timedelta(hours=number)
    if isinstance(field, models.DateField):
        return NOW.date() - timedelta(days=number)
    if isinstance(field, models.DecimalField) or type(field).__name__ == "MoneyField":
        return Decimal(number + 1)
    if isinstance(field, models.FloatField):
        return 0.5
    if isinstance(field, models.IntegerField):
        return number + 1
    if isinstance(field, models.BinaryField):
        return b"\x00"
    if isinstance(field, models.JSONField):
        return {}
    return f"{field.name} {number}"[: field.max_length or 50]


def make(model: type[models.Model]) -> models.Model:
    """Store one row with parents of its own, so that fetching them one by one would show."""
    if model._meta.label in SINGLE_ROWS:
        return model._default_manager.current()
    number = next(numbers)
    values: dict[str, object] = {}
    for field in model._meta.concrete_fields:
        if field.generated or isinstance(field, models.AutoField):
            continue
        if field.is_relation:
            if not field.null and field.related_model is not model:
                values[field.name] = make(field.related_model)
        elif not field.null or model._meta.label == "cdp.CustomerFieldValue":
            values[field.name] = value(field, number)
    if model._meta.label == "cdp.CustomerFieldValue":
        values |= {"number": None, "date": None, "flag": None}
    if model._meta.label == "analytics.PriceNorm":
        values["category"] = make(apps.get_model("cdp.Category"))
    for name in ("customer", "product", "run", "job"):
        field = next((f for f in model._meta.concrete_fields if f.name == name), None)
        if field is not None and name not in values:
            values[name] = make(field.related_model)
    values |= WITHIN_LIMITS.get(model._meta.label, {})
    return model._default_manager.create(**values)


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(address)
    assert response.status_code == 200
    return len(captured)


def test_every_model_of_the_record_and_its_figures_has_a_page() -> None:
    ours = {
        model
        for app in ("cdp", "analytics")
        for model in apps.get_app_config(app).get_models()
        if model._meta.managed
    }
    assert not {model._meta.label for model in ours - set(admin.site._registry)}


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.label)
def test_a_list_costs_the_same_for_20_rows_as_for_2(
    model: type[models.Model], marketer: Client
) -> None:
    for _row in range(2):
        make(model)
    marketer.get(path(model, "changelist"))
    few = queries_of(marketer, path(model, "changelist"))
    for _row in range(18):
        make(model)
    assert queries_of(marketer, path(model, "changelist")) == few


@by_label
def test_pages_open_empty_and_filled_and_answer_a_search(
    model: type[models.Model], marketer: Client
) -> None:
    assert marketer.get(path(model, "changelist")).status_code == 200
    row = make(model)
    page = admin.site._registry[model]
    address = path(model, "changelist")
    assert marketer.get(address, {"q": "x"} if page.search_fields else {}).status_code == 200
    assert marketer.get(path(model, "change", row.pk)).status_code == 200


@by_label
def test_a_stranger_is_sent_to_the_log_in(model: type[models.Model], db: None) -> None:
    for address in (path(model, "changelist"), path(model, "change", 1)):
        response = Client().get(address)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("admin:login"))


@by_label
def test_a_user_without_permissions_sees_nothing(model: type[models.Model], db: None) -> None:
    client = client_of(User.objects.create_user("newcomer", is_staff=True))
    assert client.get(path(model, "changelist")).status_code == 403


def test_facts_cannot_be_typed_over(marketer: Client) -> None:
    customer = make(apps.get_model("cdp.Customer"))
    address = path(type(customer), "change", customer.pk)
    assert marketer.post(address, {"email": "other@example.com"}).status_code == 403
    assert marketer.get(path(type(customer), "add")).status_code == 403
    assert marketer.get(path(type(customer), "delete", customer.pk)).status_code == 403


def test_a_customers_name_is_shown_as_text(marketer: Client) -> None:
    customer = make(apps.get_model("cdp.Customer"))
    hostile = "<img src=x onerror=alert(1)><div x-data x-init='alert(2)'>"
    type(customer).objects.update(first_name=hostile)
    for address in (
        path(type(customer), "changelist"),
        path(type(customer), "change", customer.pk),
    ):
        text = marketer.get(address).content.decode()
        assert "&lt;img src=x" in text
        assert "<img src=x" not in text
        assert "x-init='alert" not in text


def test_a_customers_page_leads_to_their_orders(marketer: Client) -> None:
    first, second = (make(apps.get_model("cdp.Order")) for _row in range(2))
    page = marketer.get(path(type(first.customer), "change", first.customer.pk)).content.decode()
    address = f"{path(type(first), 'changelist')}?customer__id__exact={first.customer.pk}"
    assert address in page
    orders = marketer.get(address).content.decode()
    assert first.external_id in orders
    assert second.external_id not in orders


@pytest.mark.parametrize("model", [Success, Failure, OrmQ], ids=lambda m: m.__name__)
def test_the_queue_is_shown_to_superusers_only(model: type[models.Model], marketer: Client) -> None:
    assert marketer.get(path(model, "changelist")).status_code == 200
    user = User.objects.create_user("marketer without keys", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="django_q"))
    assert client_of(user).get(path(model, "changelist")).status_code == 403


def test_the_librarys_schedules_are_hidden() -> None:
    assert Schedule not in admin.site._registry


def act(client: Client, action: str, job: Job) -> str:
    form = {"action": action, "_selected_action": [job.pk]}
    return client.post(path(Job, "changelist"), form, follow=True).content.decode()


def test_a_failed_job_is_retried_from_its_page(marketer: Client) -> None:
    job = Job.objects.create(kind="refresh", state=JobState.FAILED, created_at=timezone.now())
    act(marketer, "retry_jobs", job)
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_a_queued_job_is_cancelled_from_its_page(marketer: Client) -> None:
    job = Job.objects.create(kind="refresh", created_at=timezone.now())
    act(marketer, "cancel_jobs", job)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_a_job_that_cannot_be_retried_says_why(marketer: Client) -> None:
    job = Job.objects.create(kind="refresh", state=JobState.DONE, created_at=timezone.now())
    assert "cannot be retried" in act(marketer, "retry_jobs", job)


def test_only_who_may_change_jobs_can_cancel_them(db: None) -> None:
    job = Job.objects.create(kind="refresh", created_at=timezone.now())
    user = User.objects.create_user("onlooker", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_job", "view_raw_tables"])
    )
    act(client_of(user), "cancel_jobs", job)
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_users_and_groups_can_be_made(marketer: Client) -> None:
    added = marketer.post(
        path(User, "add"),
        {
            "username": "anna",
            "usable_password": "true",
            "password1": "long-enough-secret",
            "password2": "long-enough-secret",
        },
    )
    assert added.status_code == 302
    anna = User.objects.get(username="anna")
    assert marketer.get(path(User, "change", anna.pk)).status_code == 200
    assert marketer.get(path(User, "changelist")).status_code == 200
    assert marketer.get(reverse("admin:auth_group_changelist")).status_code == 200
