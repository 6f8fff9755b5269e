"""Reading one cell: numbers, money, yes/no, e-mail, phone, country, language, status and labels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

import idna
import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import PhoneNumberFormat

from cdp.countries import country_code
from cdp.models import OrderStatus
from cdp.text import key, tidy

MONEY_LIMIT = Decimal(10) ** 12
WHOLE_LIMIT = 2**31 - 1

_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?")
_WORD, _SIGN = r"(?:[^\W\d_]{1,4}\.?)?", "[€$£¥₹₺₽₴฿₪₩₫]?"
_CURRENCY = re.compile(rf"^{_WORD}{_SIGN}\s*|\s*{_SIGN}\s*{_WORD}$")
_EMAIL = re.compile(
    r"[^\s@<>()\[\],;:\\\"]{1,64}@(?:[a-z0-9_](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"
)
_E164 = re.compile(r"\+[1-9]\d{7,14}")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{2}|[a-z]{4}))?(?:[.@].*)?")

TRUE_WORDS = frozenset(
    [
        "1",
        "true",
        "yes",
        "y",
        "on",
        "t",
        "x",
        "ja",
        "j",
        "si",
        "sì",
        "oui",
        "subscribed",
        "opted_in",
        "opt_in",
        "optin",
        "granted",
        "accepted",
        "enabled",
        "confirmed",
        "active",
        "available",
        "in_stock",
        "instock",
    ]
)
FALSE_WORDS = frozenset(
    [
        "0",
        "false",
        "no",
        "n",
        "off",
        "f",
        "nein",
        "nej",
        "non",
        "unsubscribed",
        "not_subscribed",
        "never_subscribed",
        "opted_out",
        "opt_out",
        "optout",
        "withdrawn",
        "denied",
        "revoked",
        "disabled",
        "none",
        "out_of_stock",
        "outofstock",
        "unavailable",
        "sold_out",
    ]
)
STATUSES: dict[str, str] = {
    word: status.value
    for status, words in {
        OrderStatus.FULFILLED: "fulfilled complete completed shipped delivered closed sent done "
        "dispatched",
        OrderStatus.PAID: "paid processing captured confirmed invoiced in_progress "
        "partially_fulfilled",
        OrderStatus.CANCELLED: "cancelled canceled voided failed declined expired rejected fraud",
        OrderStatus.REFUNDED: "refunded returned",
        OrderStatus.PARTIALLY_REFUNDED: "partially_refunded partial_refund partially_returned",
        OrderStatus.PENDING: "pending on_hold holded hold awaiting_payment pending_payment open "
        "new created "
        "authorized unpaid awaiting_fulfillment awaiting_shipment payment_review "
        "checkout_draft draft",
    }.items()
    for word in words.split()
}


class BadValue(ValueError):
    """A cell that cannot be read; the text is a sentence with a place for the field it is in."""

    def __init__(self, text: str, values: Mapping[str, object] | None = None) -> None:
        super().__init__(text)
        self._text, self._values = text, values or {}

    def about(self, what: str) -> str:
        """Return the sentence about what the field, perhaps with its value, is called."""
        return self._text % {**self._values, "what": what}


def quoted(text: str, *, needs_digit: bool = False) -> str:
    """Return `text` for a message, or nothing if it might be personal data that slipped into this
    column.
    """
    if (
        not text
        or "@" in text
        or len(text) > 40
        or (needs_digit and not any(map(str.isdigit, text)))
    ):
        return ""
    return f"'{text}' "


def named(words: str, text: str, *, needs_digit: bool = False) -> str:
    """Return how a message calls a field that holds `text`."""
    return f"{words} {quoted(text, needs_digit=needs_digit)}".strip()


def _grouped(text: str, separator: str) -> bool:
    head, *groups = text.split(separator)
    return 1 <= len(head) <= 3 and all(len(group) == 3 for group in groups)


def _bare(text: str) -> tuple[str, int]:
    """Return the text without currency and sign, and the sign."""
    sign = 1
    text = text.replace("\u2212", "-").strip()
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1, text[1:-1].strip()
    for _round in range(2):
        if text[:1] in "+-" and text:
            sign = -sign if text[0] == "-" else sign
            text = text[1:].strip()
        elif text.endswith("-"):
            sign, text = -sign, text[:-1].strip()
        text = _CURRENCY.sub("", text)
    return re.sub(r"(?<=\d)[\s\u00a0\u202f'’](?=\d{3}(?!\d))", "", text), sign


@lru_cache(maxsize=65_536)
def parse_number(text: str, *, has_comma: bool = False) -> Decimal:
    """Return the number that `text` writes with comma or dot, groups, sign or currency; raise
    `BadValue`.
    """
    if _PLAIN.fullmatch(text) and not (has_comma and "." in text):
        return Decimal(text)
    bare, sign = _bare(text)
    comma, dot = bare.rfind(","), bare.rfind(".")
    if comma >= 0 and dot >= 0:
        mark, group = (",", ".") if comma > dot else (".", ",")
    elif comma >= 0 or dot >= 0:
        mark = "," if comma >= 0 else "."
        is_group = bare.count(mark) > 1 or (
            _grouped(bare, mark) and not bare.startswith("0") and (mark == ".") == has_comma
        )
        group, mark = (mark, "") if is_group else ("", mark)
    else:
        mark = group = ""
    whole, fraction = bare.rsplit(mark, 1) if mark else (bare, "")
    if group and group in whole:
        if not _grouped(whole, group):
            raise BadValue(_("The %(what)s is not a number. Write it as 1234.56."))
        whole = whole.replace(group, "")
    digits = f"{whole or '0'}.{fraction}" if fraction else whole
    if not re.fullmatch(r"[0-9]{1,15}(?:\.[0-9]+)?", digits):
        raise BadValue(_("The %(what)s is not a number. Write it as 1234.56."))
    return sign * Decimal(digits)


def parse_money(text: str, *, has_comma: bool = False) -> Decimal:
    """Return an amount of money; raise `BadValue` if it is none or beyond all reason."""
    try:
        amount = parse_number(text, has_comma=has_comma)
    except BadValue:
        raise BadValue(_("The %(what)s is not an amount. Write it as 1234.56.")) from None
    if abs(amount) >= MONEY_LIMIT:
        raise BadValue(_("The %(what)s is too large. Amounts must be below 1,000,000,000,000."))
    return amount


def parse_flag(text: str) -> bool:
    """Return the yes or no that `text` says; raise `BadValue`."""
    word = re.sub(r"[\s-]+", "_", text.strip().casefold())
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise BadValue(_("The %(what)s is neither yes nor no. Write yes or no."))


@lru_cache(maxsize=4096)
def parse_status(text: str) -> str:
    """Return the order status that `text` names; raise `BadValue` listing the words that are
    understood.
    """
    word = re.sub(r"[\W_]+", "_", text.casefold()).strip("_").removeprefix("wc_")
    try:
        return STATUSES[word]
    except KeyError:
        raise BadValue(
            _("The %(what)s is not known. Write one of %(words)s."),
            {"words": "pending, paid, fulfilled, partially refunded, refunded, cancelled"},
        ) from None


def parse_email(text: str) -> str:
    """Return the address trimmed, in NFC, lower-case, with an ASCII domain; raise `BadValue`."""
    address = unicodedata.normalize("NFC", text.strip().removeprefix("mailto:")).lower()
    local, _at, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            domain = ""
        address = f"{local}@{domain}"
    if len(address) > 254 or ".." in address or not _EMAIL.fullmatch(address):
        raise BadValue(_("The %(what)s is not an e-mail address."))
    return address


def parse_phone(text: str, country: str) -> str:
    """Return the number in E.164, read as a national number of `country` where it has no prefix;
    raise `BadValue`.
    """
    compact = re.sub(r"[\s().\-/\u00a0]", "", text)
    if compact.startswith("00"):
        compact = f"+{compact[2:]}"
    if _E164.fullmatch(compact):
        return compact
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        raise BadValue(_("The %(what)s is not a phone number.")) from None
    if not phonenumbers.is_possible_number(number):
        raise BadValue(_("The %(what)s is not a phone number."))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def parse_country(text: str) -> str:
    """Return the ISO 3166 alpha-2 code of a code or name; raise `BadValue`."""
    code = country_code(text)
    if code is None:
        raise BadValue(
            _("The %(what)s is not a country Regulars knows. Write its two-letter code.")
        )
    return code


@lru_cache(maxsize=4096)
def parse_language(text: str) -> str:
    """Return the language code such as 'da' or 'pt-br'; raise `BadValue`."""
    match = _LANGUAGE.fullmatch(text.strip().casefold())
    if match is None:
        raise BadValue(_("The %(what)s is not a language code. Write it as en or pt-BR."))
    return "-".join(part for part in match.groups() if part)


def parse_currency(text: str) -> str:
    """Return the ISO 4217 code; raise `BadValue`."""
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        signs = {"€": "EUR", "£": "GBP", "$": "USD", "¥": "JPY"}
        if text.strip() in signs:
            return signs[text.strip()]
        raise BadValue(_("The %(what)s is not a currency code. Write it as EUR."))
    return code


def parse_labels(text: str) -> tuple[str, ...]:
    """Return the names in a cell that separates them by comma, semicolon or bar, each once."""
    names: dict[str, str] = {}
    for part in re.split(r"[,;|]", text):
        name = tidy(part)[:120].strip()
        if name:
            names.setdefault(key(name)[:120], name)
    return tuple(names.values())
