"""A provider's request and its answer: received, then routed or greeted where it asks, and replied to."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from calls.models import Call
from calls.providers.endpoint import (
    Answer,
    CallerFacts,
    CallerQuestion,
    Incoming,
    NextPersonQuestion,
    Reply,
    Route,
    RoutedCall,
    RouteQuestion,
    WhisperQuestion,
)
from calls.providers.registry import endpoint_of
from calls.selectors.transfers.awaited import whisper_for
from calls.services.deliveries.greet_caller import greet_caller
from calls.services.deliveries.process import ProcessedDelivery
from calls.services.deliveries.receive import receive_delivery
from calls.services.deliveries.route_call import next_person, route_call
from calls.services.lifecycle.change_status import has_ended


def answer_delivery(*, path: str, incoming: Incoming, url_of: Callable[[str], str]) -> Reply:
    """Receive a delivery, and say what its provider is answered. Not within a transaction.

    `url_of` makes an address of ours absolute. Raises like `receive_delivery`.
    """
    processed = receive_delivery(path=path, incoming=incoming)
    _, endpoint = endpoint_of(path)
    route, caller = _asked(processed)
    is_whisper = isinstance(processed.interpretation.question, WhisperQuestion)
    return endpoint.reply(
        Answer(
            interpretation=processed.interpretation,
            call=_routed(processed.call),
            route=route,
            caller=caller,
            tool=processed.tool,
            whisper=whisper_for(processed.call) if is_whisper and processed.call is not None else "",
            is_recorded=settings.TETHER_RECORD_BROWSER_CALLS,
            url_of=url_of,
        )
    )


def _asked(processed: ProcessedDelivery) -> tuple[Route | None, CallerFacts | None]:
    """What a question is answered."""
    account, report = processed.account, processed.interpretation.report
    match processed.interpretation.question:
        case RouteQuestion(phone_number=phone_number) if report is not None:
            return route_call(account=account, call=processed.call, report=report, phone_number=phone_number), None
        case NextPersonQuestion(was_answered=was_answered):
            return next_person(account=account, call=processed.call, was_answered=was_answered), None
        case CallerQuestion() as question:
            organization_id = account.organization_id
            return None, greet_caller(organization_id=organization_id, provider=account.provider, question=question)
        case _:
            return None, None


def _routed(call: Call | None) -> RoutedCall | None:
    if call is None:
        return None
    return RoutedCall(
        call_id=call.pk, direction=call.direction, from_number=call.from_number, has_ended=has_ended(call)
    )
