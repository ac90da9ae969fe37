"""What operations of the OpenAPI document have in common: answers that the framework gives, and headers of answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Of answers, with what they are; each is a component.
HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "X-Request-ID": ("Names the request in our log.", {"type": "string"}),
    "Retry-After": ("Seconds after which the request may succeed.", {"type": "integer", "minimum": 0}),
    "WWW-Authenticate": ("The kind of token that is needed.", {"type": "string"}),
    "RateLimit-Limit": ("Requests that the key may send in a minute.", {"type": "integer"}),
    "RateLimit-Remaining": ("Those of them that are left.", {"type": "integer"}),
    "RateLimit-Reset": ("Seconds until the count begins again.", {"type": "integer"}),
}
_OF_STATUSES = {"401": ("WWW-Authenticate",), "429": ("Retry-After",), "503": ("Retry-After",)}
_OF_EVERY_ANSWER = ("X-Request-ID",)


def headers() -> dict[str, Any]:
    """The components that answers refer to."""
    return {name: {"description": text, "schema": schema} for name, (text, schema) in HEADERS.items()}


def complete(operation: dict[str, Any], *, own_headers: Iterable[str], reads_any_type: bool) -> None:
    """Add what is answered whatever the view does: to bodies, to ids that are none, and the headers of all answers.

    `own_headers` are those that the view adds to each of its answers.
    """
    answers: dict[str, Any] = operation["responses"]
    # All errors of an operation are of one form.
    error = next((answer for status, answer in answers.items() if status.startswith("4")), None)
    if error is not None:
        for status in _statuses_of_the_framework(operation, reads_any_type=reads_any_type):
            answers.setdefault(status, error)
    operation["responses"] = {
        status: {
            **answer,
            "headers": {
                **answer.get("headers", {}),
                **{
                    name: {"$ref": f"#/components/headers/{name}"}
                    for name in (*_OF_EVERY_ANSWER, *_OF_STATUSES.get(status, ()), *own_headers)
                },
            },
        }
        for status, answer in sorted(answers.items())
    }


def _statuses_of_the_framework(operation: Mapping[str, Any], *, reads_any_type: bool) -> list[str]:
    statuses = []
    if "requestBody" in operation:
        # Bytes that are not what they claim to be; too many; a type that is not read.
        statuses += ["400", "413"] if reads_any_type else ["400", "413", "415"]
    if {"bearerAuth": []} in operation["security"]:
        # The token of a user without an organization: platform staff, who have the admin only.
        statuses.append("403")
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", ())):
        statuses.append("404")
    return statuses
