"""The home page and the jobs in a real browser: live progress, cancelling, first steps."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from cdp.models import Job, JobState, User


def make_job(user: User | None, **values: object) -> Job:
    now = timezone.now()
    values = {
        "started_at": now - timedelta(seconds=10),
        "progressed_at": now,
        "lease_until": now + timedelta(hours=1),
        "state": JobState.RUNNING,
        "done": 500,
        "total": 2000,
    } | values
    return Job.objects.create(kind="refresh", created_at=now, user=user, **values)


def test_the_day_begins_with_figures_that_lead_somewhere(visit) -> None:
    visitor = visit("Marketer")
    page = visitor.open("/")
    visitor.check()
    page.get_by_role("button", name="Hide the first steps").click()
    assert page.get_by_role("heading", name="First steps").count() == 0
    page.get_by_role("button", name="Show the first steps again").click()
    assert page.get_by_role("heading", name="First steps").is_visible()
    page.get_by_role("link", name="Compare the totals").click()
    visitor.check()
    page.get_by_role("button", name="They agree").click()
    assert page.get_by_text("Noted: the totals agree").is_visible()
    page.get_by_role("link", name="one-time buyer, lost").click()
    assert "importance=one_time&life_cycle=lost" in page.url
    visitor.open("/")
    matrix = page.get_by_role("region", name="Who they are and how they")
    matrix.get_by_label("Importance", exact=True).select_option("loyal")
    matrix.get_by_role("button", name="Make a segment of these").click()
    page.wait_for_url("**/segments/new/")


def test_a_job_is_watched_until_it_has_ended(visit) -> None:
    visitor = visit("Marketer")
    job = make_job(User.objects.get(username="marketer"))
    page = visitor.open("/")
    box = page.locator(f"[data-job='/jobs/{job.pk}/state/']")
    assert "500 of 2,000" in box.inner_text()
    visitor.check()
    cancel = box.get_by_role("button", name="Cancel")
    cancel.focus()
    Job.objects.filter(pk=job.pk).update(done=1500)
    box.get_by_text("1,500 of 2,000").wait_for()
    assert page.evaluate("document.activeElement.dataset.act") == "cancel"
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE, done=2000, finished_at=timezone.now())
    box.get_by_role("link", name="Show the new figures").wait_for()
    assert "done" in box.locator("[data-job-said]").inner_text()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3000)
    assert not [address for address in asked if f"/{job.pk}/" in address]


def test_a_job_is_cancelled_and_retried_with_the_keyboard(visit) -> None:
    visitor = visit("Marketer", width=390)
    user = User.objects.get(username="marketer")
    job = make_job(user, state=JobState.QUEUED, started_at=None, progressed_at=None, done=0)
    page = visitor.open("/jobs/")
    visitor.check()
    page.get_by_role("link", name="Statistics and classification").first.press("Enter")
    page.get_by_role("button", name="Cancel").press("Enter")
    page.get_by_text(f"Job {job.pk} is cancelled.").wait_for()
    page.get_by_role("button", name="Retry").press("Enter")
    page.get_by_text(f"Job {job.pk} goes on from where it stopped.").wait_for()
    visitor.check()
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_without_javascript_a_job_is_followed_by_loading_the_page_again(visit) -> None:
    visitor = visit("Marketer", java_script_enabled=False)
    job = make_job(User.objects.get(username="marketer"), state=JobState.QUEUED)
    page = visitor.open(f"/jobs/{job.pk}/")
    page.get_by_role("link", name="Load the page again").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text(f"Job {job.pk} is cancelled.").wait_for()
