"""An administrator invites somebody, who chooses a password and asks for a code from then on."""

from __future__ import annotations

import time

import pytest
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect

PASSWORD = "four random words here"


@pytest.fixture(scope="module")
def shop(empty_shop):
    """Users need no customers."""
    return empty_shop


def log_in(page: Page) -> None:
    page.get_by_label("User name").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def code_of_the_app() -> str:
    totp = TOTP(TOTPDevice.objects.get(user__username="anna").bin_key)
    totp.time = time.time()
    return f"{totp.token():06d}"


def test_an_invited_user_comes_in_by_link_and_later_by_code(visit) -> None:
    boss = visit("Admin")
    page = boss.open("/users/")
    boss.check()
    page.get_by_role("link", name="Invite a user").click()
    page.get_by_label("User name").fill("anna")
    boss.check()
    page.get_by_role("button", name="Invite").click()
    link = page.get_by_role("textbox", name="Link").input_value()
    boss.check()

    anna = visit("")
    page = anna.open(link.removeprefix(anna.address))
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    anna.check()
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set. Log in as anna.")).to_be_visible()
    anna.check()
    log_in(page)

    page = anna.open("/account/")
    anna.check()
    page.get_by_role("link", name="Set up").click()
    anna.check()
    page.get_by_label("Code from the app").fill(code_of_the_app())
    page.get_by_role("button", name="Ask for a code from now on").click()
    recovery = page.locator(".cdp-codes li").all_inner_texts()
    assert len(recovery) == 10
    anna.check()

    page.locator("[x-on\\:click*=openUserLinks]").click()
    page.locator("#logout-form button").click()
    expect(page.get_by_text("You have logged out.")).to_be_visible()
    log_in(page)
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    anna.check()
    page.get_by_label("Code").fill(recovery[0])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{anna.address}/")


def test_too_many_failures_are_explained(visit) -> None:
    stranger = visit("")
    page = stranger.open("/admin/login/")
    stranger.check()
    stranger.expected = {429}
    for _number in range(5):
        page.get_by_label("User name").fill("nobody")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Try again in 15 minutes.")).to_be_visible()
    stranger.check()
