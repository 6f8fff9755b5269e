"""Identifiers are spelled as each service compares them; the vendors' own examples all pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any

import pytest

from integrations.identity import normalising
from integrations.identity.hashing import hashed, subscriber_hash
from tests.rules import ROOT

VECTORS = ROOT.parent / "shared" / "vendor-contracts" / "hash-vectors.json"
needs_vectors = pytest.mark.skipif(not VECTORS.exists(), reason="the vectors are not there")

GOOGLE: dict[str, Callable[..., str]] = {
    "email": normalising.google_email,
    "phone": normalising.e164,
    "given_name": normalising.google_given_name,
    "family_name": normalising.google_family_name,
    "region_code": normalising.google_region,
    "postal_code": normalising.google_postal_code,
}
META: dict[str, Callable[..., str]] = {
    "EMAIL": normalising.email,
    "PHONE": normalising.meta_phone,
    "FN_LN": normalising.meta_name,
    "COUNTRY": normalising.meta_country,
    "ZIP": normalising.meta_zip,
    "CT": normalising.meta_city,
    "ST": normalising.meta_state,
    "GEN": normalising.meta_gender,
    "DOBY": normalising.meta_year,
    "DOBM": normalising.meta_two_digits,
    "DOBD": normalising.meta_two_digits,
    "EXTERN_ID": normalising.plain_id,
}


@cache
def vectors() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))
    return found


@needs_vectors
@pytest.mark.parametrize(("vendor", "table"), [("google", GOOGLE), ("meta", META)])
def test_every_vector_of_the_vendor_passes(
    vendor: str, table: dict[str, Callable[..., str]]
) -> None:
    seen = 0
    for key, cases in vectors()[vendor].items():
        function = table[key.removesuffix("_invalid")]
        for case in cases:
            arguments = [case["input"], *([case["country"]] if "country" in case else [])]
            normal = function(*arguments)
            assert normal == case.get("normalised", ""), case
            if "sha256" in case:
                assert hashed(normal, str) == case["sha256"], case
            seen += 1
    assert seen > 15


@needs_vectors
def test_subscriber_hashes_are_those_of_mailchimp() -> None:
    for case in vectors()["mailchimp"]["subscriber_hash"]:
        assert subscriber_hash(case["input"]) == case["md5"]


@needs_vectors
def test_an_ambiguous_name_is_one_of_the_accepted_spellings() -> None:
    functions = {
        ("google", "family_name"): normalising.google_family_name,
        ("meta", "LN"): normalising.meta_name,
    }
    for case in vectors()["ambiguous"]:
        digest = hashed(case["input"], functions[case["vendor"], case["field"]])
        assert digest in {candidate["sha256"] for candidate in case["candidates"]}


@pytest.mark.parametrize(
    ("function", "text", "normal"),
    [
        (normalising.email, " Jo@Shop.Example\n", "jo@shop.example"),
        (normalising.email, "jo@shop", ""),
        (normalising.email, "jo@@shop.example", ""),
        (normalising.email, "x" * 250 + "@shop.example", ""),
        (normalising.email, "e\u0301va@shop.example", "\u00e9va@shop.example"),
        (normalising.google_email, "J.o+news@Gmail.com", "jo@gmail.com"),
        (normalising.google_email, "j.o+news@notgmail.com", "j.o+news@notgmail.com"),
        (normalising.google_email, "+only@gmail.com", ""),
        (normalising.e164, "+45 12 34 56 78", "+4512345678"),
        (normalising.e164, "12345678", ""),
        (normalising.e164, "+0", ""),
        (normalising.e164, "+", ""),
        (normalising.meta_phone, "+45 12 34 56 78", "4512345678"),
        (normalising.meta_phone, "000", ""),
        (normalising.google_given_name, "Dr. Anna", "anna"),
        (normalising.google_given_name, "Dr", "dr"),
        (normalising.google_family_name, "King, Jr.", "king"),
        (normalising.google_family_name, "De Luca", "de luca"),
        (normalising.meta_name, "...", ""),
        (normalising.meta_zip, "00-950", "00950"),
        (normalising.meta_zip, "94035-1234", "94035"),
        (normalising.google_region, "Denmark", ""),
        (normalising.google_region, "d1", ""),
        (normalising.meta_two_digits, "32", ""),
    ],
)
def test_our_own_examples(function: Callable[[str], str], text: str, normal: str) -> None:
    assert function(text) == normal


def test_a_region_of_another_country_is_no_state_of_the_us() -> None:
    assert normalising.meta_state("Georgia", "US") == "ga"
    assert normalising.meta_state("Georgia", "GE") == "georgia"


def test_a_hash_is_never_hashed_again() -> None:
    digest = sha256(b"jo@shop.example").hexdigest()
    assert hashed(digest.upper(), normalising.email) == digest
    assert hashed("jo@shop.example", normalising.email) == digest


@pytest.mark.parametrize("text", ["", "   ", "no address", sha256(b"").hexdigest()])
def test_nothing_is_never_hashed(text: str) -> None:
    assert hashed(text, normalising.email) == ""
