"""Every answer of every test against the operation of the OpenAPI document that it belongs to.

`compare` is a middleware of the tests' settings, so that no client of ours goes without it, those of the running server
in the tests' process included; `compare_received` sees what comes from servers in other processes. conftest.py fails
the test in which an answer differed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from jsonschema_rs import Draft202012Validator, Registry

from tests.contract.components import generated_document, registry_of, validator_at, with_null
from tether_calls.common.errors import ErrorCode
from tether_calls.common.schema_answers import HEADERS

# What no operation describes: https://spec.openapis.org/oas/v3.0.3#path-item-object has no place for other methods.
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What any request may meet, as it is a fault of ours or an unknown host, so that docs/errors.md has it once.
_OF_ANY_OPERATION = frozenset({ErrorCode.INTERNAL_ERROR, ErrorCode.SECRETS_UNREADABLE, ErrorCode.BAD_REQUEST})

# Django refuses to answer with them.
_OF_THE_CONNECTION = frozenset({"Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade"})

differences: list[str] = []


def compare(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # Where the routes are others, as with a provider that there is not, so would be the document.
        is_ours = settings.ROOT_URLCONF == "tether_calls.urls" and request.path.startswith("/api/")
        if is_ours and not response.streaming:
            differences.extend(differences_of(str(request.method), request.path, response))
        return response

    return middleware


def compare_received(send: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
    """`requests.Session.send` that also looks at what the API answers in another process."""

    def compared(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        received = send(session, request, **options)
        path = unquote(urlsplit(request.url or "").path)
        # Others have such paths too, but none says so.
        is_ours = path.startswith("/api/") and "X-Request-ID" in received.headers
        if is_ours and not options.get("stream") and settings.ROOT_URLCONF == "tether_calls.urls":
            headers = {name: value for name, value in received.headers.items() if name not in _OF_THE_CONNECTION}
            response = HttpResponse(received.content, status=received.status_code, headers=headers)
            differences.extend(differences_of(str(request.method), path, response))
        return received

    return compared


def differences_of(method: str, path: str, response: HttpResponse) -> list[str]:
    """What the document does not say of an answer; nothing of paths and methods that it does not have."""
    found = _operation(method, path.rstrip("/")) if method in _METHODS else None
    if found is None:
        return []
    name, operation = found
    at = f"{name} {response.status_code}"
    described = operation["responses"].get(str(response.status_code))
    if described is None:
        if _code_of(response) in _OF_ANY_OPERATION:
            return []
        # Of the specification's operations nothing more may be said.
        return [] if _is_as_specified(operation) else [f"{at}: the document does not have this status"]
    unnamed = [header for header in HEADERS if header in response and header not in described.get("headers", {})]
    faults = [] if _is_as_specified(operation) else [f"{at}: the document does not have {header}" for header in unnamed]
    media_type = response.get("Content-Type", "").partition(";")[0]
    if media_type not in described.get("content", {}):
        return [*faults, f"{at}: the document does not have {media_type!r}"]
    if media_type == "application/json":
        validator = _validator(name, str(response.status_code))
        faults += [
            f"{at} at {'.'.join(map(str, ['$', *fault.instance_path]))}: {fault.message[:300]}"
            for fault in validator.iter_errors(json.loads(response.content))
        ]
    return faults


def _code_of(response: HttpResponse) -> object:
    if response.get("Content-Type", "").partition(";")[0] != "application/json":
        return None
    answer = json.loads(response.content)
    return answer.get("code") if isinstance(answer, dict) else None


def _is_as_specified(operation: dict[str, Any]) -> bool:
    return all("headers" not in answer for answer in operation["responses"].values())


def _operation(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    for template, pattern in _paths():
        if pattern.fullmatch(path):
            operation = generated_document()["paths"][template].get(method.lower())
            return None if operation is None else (f"{method} {template}", operation)
    return None


@cache
def _paths() -> list[tuple[str, re.Pattern[str]]]:
    """Those without parameters first: they are meant where both fit."""
    templates = sorted(generated_document()["paths"], key=lambda template: "{" in template)
    return [(template, re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template)))) for template in templates]


@cache
def _validator(name: str, status: str) -> Draft202012Validator:
    method, _, template = name.partition(" ")
    answer = ("paths", template, method.lower(), "responses", status)
    return validator_at(_strict_registry(), *answer, "content", "application/json", "schema")


@cache
def _strict_registry() -> Registry:
    document = with_null(generated_document())
    return registry_of({**document, "components": _strict(document["components"])})


def _strict(schema: Any) -> Any:
    """Objects whose properties are named have no others: clients have to tolerate some, and we to name all."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(value) for key, value in schema.items()}
    if "properties" in schema and schema.get("additionalProperties") is True:
        strict["additionalProperties"] = False
    return strict
