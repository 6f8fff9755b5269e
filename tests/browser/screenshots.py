"""Pictures of every page for docs/screenshots: `make screenshots` (no test looks at them).

Light and dark at 1280 px and light at 390 px, of a demo shop that is always the same; reduced to 64
colours, so that a picture takes some 30 kB.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser.gallery import GALLERY
from tests.cluster.lab import ROOT

FOLDER = Path(os.environ.get("SCREENSHOTS", str(ROOT / "docs" / "screenshots")))
CUSTOMERS = 2000
LOOKS = {"light": (1280, False), "dark": (1280, True), "phone": (390, False)}
TALLEST = 2400
COLOURS = 64


@pytest.fixture(scope="module")
def shop(new_template, empty_shop):
    """A shop large enough for its figures to look like figures."""
    with new_template("demo_prepare", "--customers", CUSTOMERS, copy_of=empty_shop) as made:
        yield made


@pytest.mark.parametrize("look", LOOKS)
def test_take_pictures(site, visit, look: str) -> None:
    width, dark = LOOKS[look]
    visitors = {}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for page in GALLERY:
        if page.role not in visitors:
            visitors[page.role] = visit(page.role, width=width, dark=dark)
        shown = visitors[page.role].open(page.path())
        shown.evaluate("document.activeElement && document.activeElement.blur()")
        picture = Image.open(io.BytesIO(whole(shown))).convert("RGB")
        picture = picture.crop((0, 0, picture.width, min(picture.height, TALLEST)))
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(
            FOLDER / f"{page.name}-{look}.png", optimize=True
        )


def whole(page: Page) -> bytes:
    """Return a picture of a page in a window as high as it is: what sticks to an edge of the
    window would otherwise lie across the middle.
    """
    window = page.viewport_size
    assert window is not None
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({**window, "height": max(height, window["height"])})
    picture = page.screenshot(full_page=True)
    page.set_viewport_size(window)
    return picture
