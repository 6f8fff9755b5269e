"""What every answer tells browsers to refuse, and how the cookies travel."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from tests.people import make_user

PASSWORD = "four random words here"


@pytest.mark.parametrize("path", ["/admin/login/", "/", "/nowhere/", "/account/code/"])
def test_no_answer_may_be_framed_sniffed_or_told_about(path: str, client: Client, db: None) -> None:
    answer = client.get(path)
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_the_session_is_out_of_reach_of_scripts_and_of_other_sites(db: None) -> None:
    make_user("Marketer", "anna", password=PASSWORD)
    client = Client()
    client.post("/admin/login/", {"username": "anna", "password": PASSWORD})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 7 * 24 * 60 * 60


def test_where_https_is_there_cookies_and_visitors_use_nothing_else(db: None, settings) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    make_user("Marketer", "anna", password=PASSWORD)
    client = Client()
    assert client.get("/account/")["Location"] == "https://testserver/account/"
    form = {"username": "anna", "password": PASSWORD}
    answer = client.post("/admin/login/", form, secure=True)
    assert answer["Strict-Transport-Security"] == "max-age=31536000"
    assert client.cookies[settings.SESSION_COOKIE_NAME]["secure"]
    assert Client().get("/healthz").status_code == 200
