"""Opening the pages of audiences and pressing their buttons."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from integrations.models import Audience

SETTINGS = {"schedule": "manual", "holdout_percent": "0", "brake_percent": "30"}


def look(client: Client, name: str, *keys: object, **asked: object) -> str:
    answer = client.get(reverse(f"audiences:{name}", args=keys), asked)
    assert answer.status_code == 200, answer
    return text_of(answer)


def press(client: Client, name: str, audience: Audience, **entered: object) -> HttpResponse:
    return client.post(reverse(f"audiences:{name}", args=[audience.pk]), entered, follow=True)


def text_of(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def words_of(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).split())
