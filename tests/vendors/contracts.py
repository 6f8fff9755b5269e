"""Whether a request is one that the vendor's contract allows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator

from tests.rules import ROOT

FOLDER = ROOT.parent / "shared" / "vendor-contracts"
FORM = "application/x-www-form-urlencoded"


def is_there(name: str) -> bool:
    return (FOLDER / f"{name}.openapi.json").exists()


@cache
def contract(name: str) -> dict[str, Any]:
    text = (FOLDER / f"{name}.openapi.json").read_text(encoding="utf-8")
    found: dict[str, Any] = _nullable(json.loads(text))
    return found


def _nullable(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON schema has a type."""
    if isinstance(node, list):
        return [_nullable(one) for one in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _nullable(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [{"type": "null"}, plain]} if node.get("nullable") is True else plain


@cache
def _validator(name: str, schema: str) -> Draft202012Validator:
    whole = {**json.loads(schema), "components": contract(name)["components"]}
    return Draft202012Validator(whole)


def _wrong(name: str, schema: Mapping[str, Any], value: object, where: str) -> Iterator[str]:
    for error in _validator(name, json.dumps(schema)).iter_errors(value):
        yield f"{where} {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def complaints(
    name: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> Iterator[str]:
    """Yield what the contract has against a request; `path` as the contract counts it."""
    operation = _operation(name, method, path)
    if operation is None:
        yield f"{method} {path} is in no contract"
        return
    here = f"{method} {path}"
    given = dict(parse_qsl(query, keep_blank_values=True))
    parameters = {(one["in"], one["name"]): one for one in operation.get("parameters", [])}
    for key, value in given.items():
        known = parameters.get(("query", key))
        if known is None:
            yield f"{here} has an unknown parameter {key}"
        else:
            yield from _wrong(
                name, known["schema"], _typed(known["schema"], value), f"{here}?{key}"
            )
    for (place, key), one in parameters.items():
        sent = given.get(key) if place == "query" else headers.get(key)
        if one.get("required") and place in ("query", "header") and sent is None:
            yield f"{here} lacks {key}"
        if place == "header" and sent is not None:
            yield from _wrong(name, one["schema"], sent, f"{here} header {key}")
    yield from _body(name, operation.get("requestBody"), headers, body, here)


def _operation(name: str, method: str, path: str) -> dict[str, Any] | None:
    best: tuple[int, dict[str, Any]] | None = None
    for template, methods in contract(name)["paths"].items():
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
        holes = template.count("{")
        if (
            re.fullmatch(pattern, path)
            and method.lower() in methods
            and (best is None or holes < best[0])
        ):
            best = (holes, methods[method.lower()])
    return best[1] if best else None


def _body(
    name: str, spec: Mapping[str, Any] | None, headers: Mapping[str, str], body: bytes, here: str
) -> Iterator[str]:
    if spec is None:
        if body:
            yield f"{here} takes no body"
        return
    if not body:
        if spec.get("required"):
            yield f"{here} needs a body"
        return
    media = headers.get("Content-Type", "").partition(";")[0]
    if media not in spec["content"]:
        yield f"{here} does not take {media}"
        return
    value: Any = dict(parse_qsl(body.decode())) if media == FORM else json.loads(body)
    yield from _wrong(name, spec["content"][media]["schema"], value, here)


def _typed(schema: Mapping[str, Any], value: str) -> object:
    if schema.get("type") == "integer" and value.lstrip("-").isdigit():
        return int(value)
    if schema.get("type") == "boolean" and value in ("true", "false"):
        return value == "true"
    return value
