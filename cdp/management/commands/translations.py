"""Collects every text that people see and compiles the translations."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from shutil import which
from typing import Any

import unfold
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

SHELL = "shell-texts"
IGNORED = [".venv/*", "var/*", "tests/*", "benchmarks/*", "docs/*", f"{SHELL}/static/*"]


class Command(BaseCommand):
    """The shell brings no translations of its own, so its texts are collected with ours."""

    help = (
        "Bring locale/ up to date with the texts in the sources (English) and compile it. What is "
        "new is left empty for a translator; needs the GNU gettext programs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare where to work."""
        parser.add_argument(
            "--compile-only", action="store_true", help="compile what has been translated"
        )

    def handle(self, *, compile_only: bool, **options: Any) -> None:
        """Collect, then compile."""
        if which("msgfmt") is None:
            raise CommandError(
                "The GNU gettext programs are missing. Install the package 'gettext' "
                "(apt-get install gettext)."
            )
        languages = [code for code, _name in settings.LANGUAGES if code != "en"]
        if not compile_only:
            self._collect(languages)
        call_command("compilemessages", locale=languages, ignore_patterns=IGNORED, verbosity=0)
        self.stdout.write(f"Translations: {', '.join(languages)} are up to date.")

    def _collect(self, languages: list[str]) -> None:
        """Collect our texts and, through a link that lasts as long, those of the shell."""
        link = settings.BASE_DIR / SHELL
        link.symlink_to(Path(unfold.__file__).parent, target_is_directory=True)
        try:
            call_command(
                "makemessages",
                locale=languages,
                ignore_patterns=IGNORED,
                extensions=["html", "py", "txt"],
                symlinks=True,
                no_obsolete=True,
                no_location=True,
                no_wrap=True,
                verbosity=0,
            )
        finally:
            link.unlink()
