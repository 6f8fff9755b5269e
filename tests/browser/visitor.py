"""A person at a browser: looks at pages and notices whatever is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

SERIOUS = {"serious", "critical"}
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""


class Visitor:
    """One browser tab. `problems` collects console errors, violations of the policy, requests to
    other hosts and answers 500.
    """

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.problems: list[str] = []
        self.expected: set[int] = set()
        context.add_init_script(WATCH_POLICY)
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def open(self, path: str, *, status: int = 200) -> Page:
        """Go to a page of the site and wait until it rests; fail if it answers otherwise."""
        self.expected = {status}
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}"
        self.page.wait_for_load_state("networkidle")
        return self.page

    def check(self, *, has_no_scrollbar: bool = True) -> None:
        """Fail if the page as it is now has a problem or hinders people with disabilities."""
        found = [
            f"{violation['id']}: {node['html'][:200]}"
            for violation in Axe().run(self.page).response["violations"]
            if violation["impact"] in SERIOUS
            for node in violation["nodes"]
        ]
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
        if has_no_scrollbar and self.page.evaluate(wide):
            found.append("the page is wider than the screen")
        problems = [*self.problems, *found]
        assert not problems, f"{self.page.url}\n" + "\n".join(problems)

    @contextmanager
    def dark(self) -> Iterator[Page]:
        """Look at the page in the dark."""
        self.page.emulate_media(color_scheme="dark")
        yield self.page
        self.page.emulate_media(color_scheme="light")

    def _console(self, message: ConsoleMessage) -> None:
        is_expected = "status of" in message.text and any(
            f"status of {code}" in message.text for code in self.expected - {200}
        )
        if message.type in {"error", "warning"} and not is_expected:
            self.problems.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:", "about:")):
            self.problems.append(f"leaves the site: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.url} answered {response.status}")
