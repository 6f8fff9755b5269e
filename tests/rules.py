"""The rules of the house that can be read off the source: each takes a module, yields complaints.

CONTRIBUTING.md explains them. `tests/test_architecture.py` runs every rule over every module and
proves on small snippets that each can fail.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("cdp", "analytics", "segments", "integrations")
INTERFACE = {
    "admin",
    "api",
    "cards",
    "filters",
    "forms",
    "management",
    "tasks",
    "templatetags",
    "urls",
    "views",
}
WIRING = {"cdp.settings", "cdp.site", "cdp.urls", "cdp.wsgi"}
# What the admin pages of every app are built from.
OPEN_WIRING = {"cdp.site"}
SQL_HOMES = ("cdp.bulk", "cdp.columns")
SQL_CALLS = {"cursor", "execute", "executemany", "extra", "raw"}
SQL_IMPORTS = {"sqlite3", "psycopg", "duckdb"}
CLOCKS = {"cdp.jobs.clock"}
ARRAY_HOMES = ("analytics", "cdp.demo")
FRAME_HOMES = ("analytics.predictive", "cdp.demo")
SLOW_LIBRARIES = {"pandas", "scipy"}
FORBIDDEN_NAMES = {"services", "selectors", "utils", "helpers", "signals"}
TRANSLATORS = {
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
}
# These speak to whoever runs the site or writes code, in English.
ENGLISH_HOMES = (
    "analytics.predictive",
    "cdp.checks",
    "cdp.commands",
    "cdp.demo",
    "cdp.env",
    "cdp.ingest.reference",
    "cdp.ingest.report",
    "cdp.jobs.supervisor",
    "cdp.registry",
    "cdp.settings",
    "cdp.version",
    "cdp.views.health",
    "integrations.checks",
    "segments.reference",
)
ENGLISH_CALLS = {"OSError", "RuntimeError", "TypeError", "ValueError", "debug", "error", "warning"}
ENGLISH_CALLS |= {"exception", "info", "say"}
SENTENCE = re.compile(r"[A-Z%{].* .*[.?!]")
MAX_LINES = 400


@dataclass(frozen=True)
class Module:
    """A Python file of the project under its dotted name."""

    name: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def app(self) -> str:
        return self.name.partition(".")[0]

    @property
    def parts(self) -> list[str]:
        return self.name.split(".")

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.parts

    def lies_in(self, homes: tuple[str, ...]) -> bool:
        return any(self.name == home or self.name.startswith(f"{home}.") for home in homes)

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """Line and dotted name of everything imported; of `from a import b` both a and a.b."""
        return list(_imports(self.tree))


Rule = Callable[[Module], Iterator[str]]


@cache
def modules(*folders: str) -> list[Module]:
    """Every Python file below these folders of the checkout."""
    found = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(name, path.read_text(encoding="utf-8")))
    return found


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "." * node.level
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def is_interface(name: str) -> bool:
    """Whether a dotted name lies in one of the modules that talk to the outside."""
    parts = name.split(".")
    return len(parts) > 1 and parts[0] in APPS and parts[1] in INTERFACE


def import_direction(module: Module) -> Iterator[str]:
    """The chain of apps, the interface modules and the wiring are respected."""
    if module.name in WIRING or module.is_migration:
        return
    for line, target in module.imports:
        app = target.partition(".")[0]
        if target.startswith("."):
            yield f"{module.name}:{line} imports relatively; write the full name"
        if app not in APPS:
            continue
        if is_interface(target) and app != module.app:
            yield f"{module.name}:{line} imports {target}, an interface of another app"
        if is_interface(module.name):
            if target in WIRING - OPEN_WIRING:
                yield f"{module.name}:{line} imports the wiring {target}"
            continue
        if is_interface(target):
            yield f"{module.name}:{line} is domain but imports the interface {target}"
        if target in WIRING:
            yield f"{module.name}:{line} imports the wiring {target}"
        if APPS.index(app) > APPS.index(module.app):
            yield f"{module.name}:{line} imports {target}, but {module.app} comes before {app}"


def late_imports(module: Module) -> Iterator[str]:
    """First-party modules are imported at the top, not inside functions."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for line, target in _imports(node):
                if target.partition(".")[0] in APPS:
                    yield f"{module.name}:{line} imports {target} inside a function"


def raw_sql(module: Module) -> Iterator[str]:
    """SQL stands only where it is at home."""
    if module.lies_in(SQL_HOMES) or module.is_migration:
        return
    for node in ast.walk(module.tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in SQL_CALLS:
            yield f"{module.name}:{called.lineno} calls .{called.attr}()"
    for line, target in module.imports:
        if target.partition(".")[0] in SQL_IMPORTS or target.endswith(".RawSQL"):
            yield f"{module.name}:{line} imports {target}"


def present_moment(module: Module) -> Iterator[str]:
    """Only the edges ask what time it is; everything else is told."""
    if is_interface(module.name) or module.name in CLOCKS:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            asked = f"{node.value.id}.{node.attr}"
            if asked in {
                "timezone.now",
                "timezone.localdate",
                "timezone.localtime",
                "datetime.now",
                "date.today",
            }:
                yield f"{module.name}:{node.lineno} asks {asked}; take `now` as an argument"


def now_is_named(module: Module) -> Iterator[str]:
    """Whoever passes the present moment says so: beside other arguments `now` is keyword-only."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            positional = [*node.args.posonlyargs, *node.args.args]
            names = [argument.arg for argument in positional if argument.arg not in {"self", "cls"}]
            if "now" in names and names != ["now"]:
                yield f"{module.name}:{node.lineno} {node.name}() takes `now` by position"


def arrays(module: Module) -> Iterator[str]:
    """Floating-point libraries stay away from money, slow ones from everything a page loads."""
    for line, target in module.imports:
        library = target.partition(".")[0]
        if (library == "numpy" and not module.lies_in(ARRAY_HOMES)) or (
            library in SLOW_LIBRARIES and not module.lies_in(FRAME_HOMES)
        ):
            yield f"{module.name}:{line} imports {target}"


def length(module: Module) -> Iterator[str]:
    """A module that grows too long does more than one thing."""
    lines = module.source.count("\n")
    if lines >= MAX_LINES and not module.is_migration:
        yield f"{module.name} has {lines} lines; split it by what it does"


def docstring(module: Module) -> Iterator[str]:
    """Every module says in a sentence what it is responsible for."""
    if module.source.strip() and not module.is_migration and not ast.get_docstring(module.tree):
        yield f"{module.name} does not say what it is responsible for"


def file_name(module: Module) -> Iterator[str]:
    """A module is named after the one thing it does."""
    if module.parts[-1] in FORBIDDEN_NAMES:
        yield f"{module.name}: name the module after the one thing it does"
    if module.is_migration and "_auto_" in module.parts[-1]:
        yield f"{module.name}: give the migration a name"


def output(module: Module) -> Iterator[str]:
    """Commands write to `self.stdout`; everything else logs or stays silent."""
    for node in ast.walk(module.tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id == "print":
            yield f"{module.name}:{called.lineno} prints"


def unsafe_or_hidden(module: Module) -> Iterator[str]:
    """No signals (a missed one is lost for ever) and no trust in the shop's text."""
    for line, target in module.imports:
        if target.startswith(("django.db.models.signals", "django.dispatch")):
            yield f"{module.name}:{line} uses a signal; compare states instead"
        if target.endswith(".mark_safe"):
            yield f"{module.name}:{line} imports mark_safe; use format_html"


def swallowed_errors(module: Module) -> Iterator[str]:
    """An error is handled or passed on, never dropped."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            silent = all(isinstance(statement, ast.Pass) for statement in node.body)
            if caught in {"everything", "BaseException"} or (caught == "Exception" and silent):
                yield f"{module.name}:{node.lineno} swallows {caught}"


def untranslated(module: Module) -> Iterator[str]:
    """A sentence that people read goes through gettext, as a whole and before it is filled in."""
    if module.lies_in(ENGLISH_HOMES) or {"management", "migrations"} & set(module.parts):
        return
    known = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            known.add(id(node.value))  # A docstring.
        elif isinstance(node, ast.JoinedStr):
            known.update(id(part) for part in node.values)
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in TRANSLATORS:
                known.update(id(text) for text in node.args if isinstance(text, ast.Constant))
            elif called in ENGLISH_CALLS:
                known.update(map(id, ast.walk(node)))
    for node in ast.walk(module.tree):
        if id(node) not in known and SENTENCE.fullmatch(_text_of(node)):
            yield f"{module.name}:{node.lineno} says '{_text_of(node)[:40]}' past gettext"


def _text_of(node: ast.AST) -> str:
    """What a string says, with {} for what an f-string fills in; empty for anything else."""
    if isinstance(node, ast.JoinedStr):
        parts = node.values
        return "".join(_text_of(part) if isinstance(part, ast.Constant) else "{}" for part in parts)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""


RULES: tuple[Rule, ...] = (
    import_direction,
    late_imports,
    raw_sql,
    present_moment,
    now_is_named,
    arrays,
    length,
    docstring,
    file_name,
    output,
    unsafe_or_hidden,
    swallowed_errors,
    untranslated,
)
