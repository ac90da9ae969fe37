"""How ElevenLabs' API checks what it is sent, and how it words what is wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from calls.demo.simulator.config import ElevenLabsAccount
from calls.demo.simulator.http_server import Answer, Request, json_answer
from calls.demo.simulator.routing import Refusal
from calls.demo.simulator.world import World

_STATUSES = {401: "invalid_api_key", 404: "not_found", 429: "too_many_concurrent_requests", 503: "system_busy"}


def problem(status: int, code: str = "", message: str = "") -> Answer:
    """`{"detail": {"status": ..., "message": ...}}`, as most of its errors are."""
    if status in (404, 405) and not code:
        # A path that is not there is answered by its web framework.
        return json_answer(status, {"detail": "Not Found" if status == 404 else "Method Not Allowed"})
    if status == 422 and not code:
        return json_answer(422, {"detail": [_error(["body"], "Input should be valid", "value_error")]})
    code = code or _STATUSES.get(status, "internal_server_error" if status >= 500 else "bad_request")
    return json_answer(status, {"detail": {"status": code, "message": message or code.replace("_", " ").capitalize()}})


def not_found(kind: str, name: str) -> Refusal:
    """Such as `phone_number_not_found`: https://github.com/elevenlabs/elevenlabs-js/issues/174."""
    words = kind.replace("_", " ").capitalize()
    return Refusal(problem(404, f"{kind}_not_found", f"{words} with id {name} not found."))


def authenticate(world: World, request: Request) -> ElevenLabsAccount:
    """https://elevenlabs.io/docs/api-reference/authentication. Raises Refusal."""
    key = request.headers.get("xi-api-key")
    if not key:
        raise Refusal(problem(401, "needs_authorization", "Neither authorization header nor xi-api-key received."))
    account = world.account(ElevenLabsAccount, key)
    if account is None:
        raise Refusal(problem(401, "invalid_api_key", "Invalid API key"))
    return account


def invalid(errors: list[dict[str, Any]]) -> Refusal:
    return Refusal(json_answer(422, {"detail": errors}))


def _error(loc: list[str | int], message: str, kind: str) -> dict[str, Any]:
    return {"loc": loc, "msg": message, "type": kind}


class Checked:
    """A body whose fields are checked one after another; `finish` refuses it with all that was wrong."""

    def __init__(self, document: dict[str, Any], errors: list[dict[str, Any]], loc: list[str | int]) -> None:
        self.document, self._errors, self._loc = document, errors, loc

    def text(self, name: str, *, required: bool = True) -> str:
        """The string, or "" for one that is missing."""
        value = self.document.get(name)
        if isinstance(value, str):
            return value
        if value is not None:
            self.wrong(name, "Input should be a valid string", "string_type")
        elif required:
            self.wrong(name, "Field required", "missing")
        return ""

    def choice(self, name: str, choices: tuple[str, ...], *, required: bool = False) -> str:
        value = self.text(name, required=required)
        if value and value not in choices:
            self.wrong(name, f"Input should be one of {', '.join(choices)}", "literal_error")
        return value

    def object(self, name: str) -> Checked | None:
        value = self.document.get(name)
        if isinstance(value, dict):
            return Checked(value, self._errors, [*self._loc, name])
        if value is not None:
            self.wrong(name, "Input should be a valid dictionary", "dict_type")
        return None

    def wrong(self, name: str, message: str, kind: str) -> None:
        self._errors.append(_error([*self._loc, name], message, kind))

    def finish(self) -> None:
        """Raises Refusal."""
        if self._errors:
            raise invalid(self._errors)


def body_of(request: Request) -> Checked:
    """Raises Refusal for what is not a JSON object."""
    if not request.content_type.partition(";")[0].strip().lower().endswith("json"):
        raise invalid([_error(["body"], "Input should be a valid dictionary", "model_attributes_type")])
    try:
        document = json.loads(request.body)
    except ValueError:
        raise invalid([_error(["body", 0], "JSON decode error", "json_invalid")]) from None
    if not isinstance(document, dict):
        raise invalid([_error(["body"], "Input should be a valid dictionary", "model_attributes_type")])
    return Checked(document, [], ["body"])


def query_problem(name: str, message: str) -> Refusal:
    return invalid([_error(["query", name], message, "value_error")])


_LARGEST_PAGE = 100


def page_of(
    request: Request, name: str, found: Sequence[dict[str, Any]], *, key: str, size: int = 30
) -> dict[str, Any]:
    """A page of a list, from behind the row that the cursor names. Raises Refusal."""
    query = {name: values[-1] for name, values in parse_qs(request.query).items()}
    try:
        size = int(query.get("page_size", size))
    except ValueError:
        raise query_problem("page_size", "Input should be a valid integer") from None
    if "page_size" in query and not 1 <= size <= _LARGEST_PAGE:
        raise query_problem("page_size", f"Input should be from 1 to {_LARGEST_PAGE}")
    if cursor := query.get("cursor"):
        keys = [row[key] for row in found]
        if cursor not in keys:
            raise query_problem("cursor", "Value error, unknown cursor")
        found = found[keys.index(cursor) + 1 :]
    page, has_more = list(found[:size]), len(found) > size
    return {name: page, "next_cursor": page[-1][key] if has_more else None, "has_more": has_more}
