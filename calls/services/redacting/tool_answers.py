"""What agents' tools have answered, and the requests that they were asked by: the one is known by the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.db.models import Q

from calls.models import Call, Delivery, LegalHold, ToolCall
from calls.providers.bodies import PayloadError
from calls.providers.registry import agents_provider, endpoint_of
from calls.providers.tools import ToolRequested
from calls.selectors.privacy.holds import held_calls
from calls.services.agent_tools.answer_tool import digest_of
from calls.services.deliveries.keep import incoming_of
from tether_calls.common.object_id import first_object_id_at, object_id_time

# An answer is made when its request is processed, most of them at once; the clocks of two machines differ.
_BEFORE: Final = timedelta(days=1)
_AFTER: Final = timedelta(minutes=5)


def tool_digest(delivery: Delivery, body: bytes) -> tuple[str, str] | None:
    """The tool that was asked for with a body, and the digest of what it has done; None where none has done a thing."""
    try:
        _, endpoint = endpoint_of(delivery.endpoint)
        asked = endpoint.interpret(replace(incoming_of(delivery), body=body)).question
    except (KeyError, PayloadError):
        return None
    if not isinstance(asked, ToolRequested) or not asked.tool.changes:
        return None
    return asked.tool.name, digest_of(asked, at=delivery.received_at)


def held_answers(organization_id: str, holds: Sequence[LegalHold], rows: Sequence[ToolCall]) -> frozenset[str]:
    """The answers that may have been given in calls that holds cover: all but those that were given in others.

    An answer does not say in which call it was given: its request does, as far as it is still there. Three statements,
    none where no hold is placed.
    """
    if not holds or not rows:
        return frozenset()
    asked_in = _calls_of_requests(organization_id, rows)
    held = held_calls(organization_id, holds, list(asked_in.values()))
    let_go = {known_by for known_by, call_id in asked_in.items() if call_id not in held}
    return frozenset(row.pk for row in rows if (row.tool, row.digest) not in let_go)


def _calls_of_requests(organization_id: str, rows: Sequence[ToolCall]) -> dict[tuple[str, str], str]:
    """By tool and digest: in which call it was asked for, where that is known."""
    times = [object_id_time(row.pk) for row in rows]
    asked: list[tuple[tuple[str, str], Delivery]] = []
    deliveries = Delivery.objects.of_organization(organization_id).filter(
        endpoint__in=[offered.path for offered in agents_provider().tools() if offered.tool.changes],
        pk__gte=first_object_id_at(min(times) - _BEFORE),
        pk__lt=first_object_id_at(max(times) + _AFTER),
    )
    for delivery in deliveries.order_by("pk").iterator(chunk_size=100):
        known_by = tool_digest(delivery, bytes(delivery.body))
        if known_by is not None:
            asked.append((known_by, delivery))
    by_conversation = _calls_by_conversation(organization_id, [delivery for _, delivery in asked])
    in_calls = {}
    for known_by, delivery in asked:
        call_id = delivery.call_id or by_conversation.get(delivery.provider_call_id)
        if call_id is not None:
            in_calls[known_by] = call_id
    return in_calls


def _calls_by_conversation(organization_id: str, deliveries: Sequence[Delivery]) -> Mapping[str, str]:
    named = {delivery.provider_call_id for delivery in deliveries if not delivery.call_id} - {""}
    if not named:
        return {}
    calls = Call.objects.of_organization(organization_id).filter(
        Q(provider_call_id__in=named) | Q(ai_conversation_id__in=named)
    )
    found = calls.order_by().values_list("pk", "provider_call_id", "ai_conversation_id")
    return {name: call_id for call_id, *names in found for name in names if name in named}
