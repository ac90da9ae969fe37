"""Searching in what was said, as the frontend does it."""

from __future__ import annotations

from typing import Any

from calls.models import Call
from calls.services.lifecycle.keep_words import keep_words
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import make_call
from tether_calls.accounts.models import User

SEARCH = "/api/calls/search"
PARTNER_SEARCH = "/api/v1/calls/search"


def make_talk(user: User, *turns: str | tuple[str, str], **fields: Any) -> Call:
    """A call in which this was said, by agent and user in turn unless a turn names who; searches find it."""
    spoken = [turn if isinstance(turn, tuple) else (("agent", "user")[at % 2], turn) for at, turn in enumerate(turns)]
    transcript = [
        {"role": role, "message": message, "timestamp": at * 2.5} for at, (role, message) in enumerate(spoken)
    ]
    call = make_call(user, ai_transcript=transcript or None, **fields)
    keep_words(call)
    return call


def search(client: ApiClient, q: str, **query: Any) -> dict[str, Any]:
    """A page, which must be what the document says of one."""
    answer = client.get(SEARCH, q=q, **query)
    assert answer.status == 200, answer
    assert_is("CallsSearchResponse", answer.body)
    page: dict[str, Any] = answer.body
    return page


def found(client: ApiClient, q: str, **query: Any) -> list[str]:
    return [hit["call"]["_id"] for hit in search(client, q, **query)["hits"]]


def texts(client: ApiClient, q: str, **query: Any) -> list[str]:
    """What is shown of the first hit."""
    return [match["text"] for match in search(client, q, **query)["hits"][0]["matches"]]
