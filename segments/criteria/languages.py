"""Languages as people name them: codes and English or own names."""

from __future__ import annotations

import re

from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cdp.text import key
from segments.spelling import suggest

_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def language_code(name: str) -> str:
    """Return the lower-case code of a language's code or name; raise `ValidationError`."""
    named = {
        key(str(info[form])): code
        for code, info in LANG_INFO.items()
        for form in ("name", "name_local")
        if form in info
    }
    text = key(name)
    if text in named:
        return named[text]
    code = text.replace("_", "-")
    if not _CODE.fullmatch(code):
        raise ValidationError(
            _("“%(value)s” is no language. Write a code such as da or en-gb. %(hint)s"),
            params={"value": name, "hint": suggest(name, named)},
        )
    return code
