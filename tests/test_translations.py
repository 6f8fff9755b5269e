"""Danish, German and Italian are complete: each text of the sources and the shell is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import formats, translation

from tests.rules import ROOT

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+[^>]*>")
in_each_language = pytest.mark.parametrize("language", LANGUAGES)


@cache
def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))


def texts(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@in_each_language
def test_every_text_is_translated(language: str) -> None:
    missing = [entry.msgid for entry in catalogue(language) if entry.fuzzy or not all(texts(entry))]
    assert not missing, f"{len(missing)} texts, such as {missing[:5]}"


@in_each_language
def test_a_translation_keeps_the_places_to_fill_in(language: str) -> None:
    """One of the plurals may leave the number out ("one order")."""
    wrong = []
    for entry in catalogue(language):
        wanted = [Counter(PLACES.findall(entry.msgid))]
        if entry.msgid_plural:
            wanted.append(Counter(PLACES.findall(entry.msgid_plural)))
        wrong += [text for text in texts(entry) if Counter(PLACES.findall(text)) not in wanted]
    assert not wrong


@in_each_language
def test_sentences_stay_sentences(language: str) -> None:
    """Full stops, colons and blanks at the ends belong to the layout of a sentence."""
    wrong = [
        entry.msgid
        for entry in catalogue(language)
        for text in texts(entry)
        if (entry.msgid[-1:] in ".:?…" and text[-1:] != entry.msgid[-1:])
        or entry.msgid[:1].isspace() != text[:1].isspace()
        or entry.msgid[-1:].isspace() != text[-1:].isspace()
    ]
    assert not wrong


@in_each_language
def test_the_compiled_file_is_that_of_the_translation(language: str) -> None:
    compiled = polib.mofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.mo"))

    def content(file: polib.POFile | polib.MOFile) -> set[tuple[str, str, tuple[str, ...]]]:
        return {(e.msgctxt or "", e.msgid, tuple(texts(e))) for e in file if e.msgid}

    assert content(compiled) == content(catalogue(language)), "Run 'make translations'."


def test_the_catalogues_hold_every_text_of_the_sources(tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        assert not os.environ.get("CI")
        pytest.skip("GNU gettext is missing. Install the package 'gettext'.")
    copy = tmp_path / "copy"
    left_out = shutil.ignore_patterns(".venv", ".git", "var", "tests", "docs", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=left_out)
    done = subprocess.run(
        [sys.executable, "manage.py", "translations"],
        cwd=copy,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "cdp.settings"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for language in LANGUAGES:
        fresh = polib.pofile(str(copy / "locale" / language / "LC_MESSAGES" / "django.po"))
        found = {(entry.msgctxt, entry.msgid) for entry in fresh}
        known = {(entry.msgctxt, entry.msgid) for entry in catalogue(language)}
        assert found == known, "Run 'make translations' and translate what is new."


@pytest.mark.parametrize(
    ("language", "number", "day"),
    [
        ("en", "1,234,567.5", "Nov. 24, 2026"),
        ("da", "1.234.567,5", "24. november 2026"),
        ("de", "1.234.567,5", "24. November 2026"),
        ("it", "1.234.567,5", "24 Novembre 2026"),
    ],
)
def test_numbers_and_dates_follow_the_language(language: str, number: str, day: str) -> None:
    with translation.override(language):
        assert formats.number_format(1234567.5, 1, force_grouping=True) == number
        assert formats.date_format(date(2026, 11, 24), "DATE_FORMAT") == day
