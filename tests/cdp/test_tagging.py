"""Tags given and taken by users: who changes, the refresh that follows, imports that keep them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cdp import selections, tagging
from cdp.ingest import labels
from cdp.jobs.runner import enqueue, run_in_foreground
from cdp.models import (
    Customer,
    CustomerChange,
    CustomerSelection,
    CustomerTag,
    Job,
    JobState,
    SelectedCustomer,
    Tag,
)
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[Customer]:
    factories.make_shop()
    return [factories.make_customer() for _ in range(4)]


def choose(*people: Customer) -> CustomerSelection:
    keys = [person.pk for person in people]
    return selections.select(Customer.objects.filter(pk__in=keys), user=None, now=NOW)


def change(action: str, tag: Tag, *people: Customer) -> CustomerSelection:
    return tagging.who_changes(choose(*people), tag, action, user=None, now=NOW)


def carriers(tag: Tag) -> set[int]:
    return set(CustomerTag.objects.filter(tag=tag).values_list("customer_id", flat=True))


def test_only_those_without_the_tag_are_given_it_and_the_refresh_is_told(people) -> None:
    factories.give_tags(people[0], "Fair")
    tag = tagging.tag_named("  fair ", is_new_welcome=True)
    assert tag.name == "Fair"
    found = change(tagging.ADD, tag, *people[:3])
    assert selections.size_of(found) == 2
    tagging.change_all(found, now=NOW)
    tagging.change_all(found, now=NOW)
    assert carriers(tag) == {person.pk for person in people[:3]}
    told = CustomerChange.objects.values_list("customer_id", flat=True)
    assert set(told) == {people[1].pk, people[2].pk}


def test_undoing_leaves_the_tag_with_those_who_had_it_before(people) -> None:
    factories.give_tags(people[0], "Fair")
    tag = tagging.tag_named("Fair", is_new_welcome=False)
    done = change(tagging.ADD, tag, *people)
    tagging.change_all(done, now=NOW)
    tagging.change_all(change(tagging.REMOVE, tag, *people[1:]), now=NOW)
    assert carriers(tag) == {people[0].pk}


def test_a_tag_that_nobody_has_cannot_be_taken(people) -> None:
    with pytest.raises(tagging.NoSuchTag, match="no tag “Fiar”"):
        tagging.tag_named("Fiar", is_new_welcome=False)
    assert not Tag.objects.exists()


@pytest.mark.parametrize("name", ["", "  \t "])
def test_a_tag_needs_a_name(name: str) -> None:
    with pytest.raises(tagging.NoSuchTag):
        tagging.tag_named(name, is_new_welcome=True)


def test_an_import_takes_its_own_tags_away_but_not_those_of_users(people) -> None:
    customer = people[0]
    labels.set_tags({customer.pk: ["gold", "spring"]})
    fair = tagging.tag_named("Fair", is_new_welcome=True)
    tagging.change_all(change(tagging.ADD, fair, customer), now=NOW)
    assert labels.set_tags({customer.pk: ["gold"]}) == {customer.pk}
    assert set(customer.tags.values_list("name", flat=True)) == {"gold", "Fair"}
    assert labels.set_tags({customer.pk: ["gold"]}) == set()


def test_the_job_works_in_pieces_and_says_what_it_did(
    people, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selections, "PIECE", 1)
    tag = tagging.tag_named("Fair", is_new_welcome=True)
    found = change(tagging.ADD, tag, *people[:3])
    job = enqueue("tag_customers", str(found.pk), now=NOW)
    job = run_in_foreground(job, clock=lambda: NOW, pause=lambda seconds: None)
    assert (job.state, job.done, job.total) == (JobState.DONE, 3, 3)
    assert job.message == "Gave the tag “Fair” to 3 customers."
    assert carriers(tag) == {person.pk for person in people[:3]}
    assert Job.objects.filter(kind="refresh").exists()


def test_the_job_fails_in_words_where_its_tag_was_deleted(people) -> None:
    tag = tagging.tag_named("Fair", is_new_welcome=True)
    found = change(tagging.ADD, tag, *people)
    tag.delete()
    job = enqueue("tag_customers", str(found.pk), now=NOW)
    job = run_in_foreground(job, clock=lambda: NOW, pause=lambda seconds: None)
    assert (job.state, job.message) == (
        JobState.FAILED,
        "The tag was deleted meanwhile. Choose another tag.",
    )


def test_old_selections_go_except_those_a_job_works_on(people) -> None:
    old, busy, fresh = choose(people[0]), choose(people[1]), choose(people[2])
    CustomerSelection.objects.exclude(pk=fresh.pk).update(created_at=NOW - timedelta(days=8))
    enqueue("tag_customers", str(busy.pk), now=NOW)
    assert selections.remove_old(now=NOW) == 1
    assert not SelectedCustomer.objects.filter(selection=old.pk).exists()
    assert set(CustomerSelection.objects.values_list("pk", flat=True)) == {busy.pk, fresh.pk}
