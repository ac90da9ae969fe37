"""The job that finds, exports and erases persons: whose turn it is, what is waited for, and how a request ends."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from calls.models import PrivacyKind, PrivacyRequest, PrivacyState, TextState
from calls.reports import ENDED
from calls.services.privacy.archive import begin_archive, discard_archives, store_archive
from calls.services.privacy.certificates import signed
from calls.services.privacy.copies import COPIES
from calls.services.privacy.entries import begun_anew, empty_entries
from calls.services.privacy.erasures import note_erasure
from calls.services.privacy.go_through_copies import go_through_copies
from calls.services.privacy.go_through_places import go_through_place, is_more
from calls.services.privacy.subject import calls_of, person_of, rows_of
from contacts.models import Contact
from tether_calls.background.jobs import stopping
from tether_calls.background.turns import GIVEN_BACK, NotOurs, give_back, hold, next_in_turn, try_later, write
from tether_calls.common.errors import ErrorCode
from tether_calls.common.personal_data import Person, places
from tether_calls.common.phone import spellings

logger = logging.getLogger(__name__)

RUN_SECONDS: Final = 50.0
# After so many seconds a turn that failed is taken again; after the last one the request has failed.
PAUSES: Final = (10, 60, 300, 900, 3_600)
# How soon a person is looked at again who is in a call.
WAITING: Final = timedelta(seconds=60)
# Places are gone through again for what came meanwhile, until nothing did.
MOST_ROUNDS: Final = 5


class _Waits(Exception):
    """The person is in a call, a text to them on its way, or to be exported first."""


def do_privacy_requests() -> None:
    """The job: one request after the other, each until it is done."""
    discard_archives(timezone.now())
    until = time.monotonic() + RUN_SECONDS
    while time.monotonic() < until and not stopping.is_set():
        # wall: the job does the requests of every organization
        request = claim()
        if request is None:
            return
        take_turn(request)


def claim() -> PrivacyRequest | None:
    """The request that has waited longest for its turn. Two statements."""
    # wall: the job does the requests of every organization
    waiting = PrivacyRequest.objects.filter(state__in=PrivacyRequest.UNFINISHED)
    return next_in_turn(waiting, now=timezone.now(), state=PrivacyState.RUNNING)


def take_turn(request: PrivacyRequest) -> None:
    """Go on with a request that was claimed, and give it back where something stands in the way."""
    try:
        if request.failures > len(PAUSES):
            _fail(request, ErrorCode.INTERNAL_ERROR)
            return
        go_on(request)
    except NotOurs:
        logger.info("The privacy request %s is another worker's by now", request.pk)
    except _Waits:
        give_back(request, next_turn_at=timezone.now() + WAITING)
    except Exception:
        logger.exception("The privacy request %s could not go on", request.pk)
        if not try_later(request, pauses=PAUSES):
            _fail(request, ErrorCode.INTERNAL_ERROR)


def go_on(request: PrivacyRequest) -> None:
    """Do what is left of a request that is in our hands. Raises NotOurs, and whatever stands in the way."""
    if not request.sought:
        _look_up(request)
    if (anew := begun_anew(request)) is not None:
        hold(request, **anew)
    person = person_of(request)
    is_erased = request.kind == PrivacyKind.ERASE
    if is_erased:
        _wait_for_earlier_requests(request, person)
        _wait_for_calls(person)
        _wait_for_texts(person)
        if request.position == 0 and not request.cursor:
            # Before anything is erased: a backup that was made until now has the person.
            note_erasure(request)
    while request.position < len(COPIES) + len(places()):
        if request.position < len(COPIES):
            go_through_copies(request, person, keep=hold, is_last_try=_is_last_try(request))
        else:
            place = places()[request.position - len(COPIES)]
            go_through_place(request, person, place, keep=hold, is_last_try=_is_last_try(request))
    if is_erased and request.rounds < MOST_ROUNDS and is_more(request, person, places(), keep=hold):
        hold(request, position=len(COPIES), cursor="", rounds=request.rounds + 1)
        go_on(request)
        return
    if request.kind == PrivacyKind.EXPORT:
        begin_archive(request, keep=hold)
        store_archive(request, person, keep=hold)
    _finish(request)


def _look_up(request: PrivacyRequest) -> None:
    """By what the person is known; written down, since it is gone before the last place is."""
    # By no number nobody is known: calls of those who do not show theirs have none, either.
    numbers = list(spellings(request.phone_number)) if request.phone_number else []
    contacts = list(
        Contact.objects.of_organization(request.organization_id).filter(
            Q(phone_number__in=numbers) | Q(pk=request.contact_id)
        )
    )
    if request.before is not None:
        contacts = [contact for contact in contacts if contact.created_at < request.before]
    hold(
        request,
        sought={
            "numbers": numbers,
            "contacts": [contact.pk for contact in contacts],
            "names": [
                contact.full_name for contact in contacts if contact.first_name.strip() and contact.last_name.strip()
            ],
        },
        places=empty_entries(),
    )


def _wait_for_earlier_requests(request: PrivacyRequest, person: Person) -> None:
    """Nor before the person was found or exported, where that was asked for first; both then go with the rest.

    Another erasure forgets the person at its own end.
    """
    earlier = PrivacyRequest.objects.of_organization(request.organization_id).filter(pk__lt=request.pk)
    of_person = Q(phone_number__in=person.phone_numbers) | Q(contact_id__in=person.contact_ids)
    if earlier.exclude(kind=PrivacyKind.ERASE).filter(of_person, state__in=PrivacyRequest.UNFINISHED).exists():
        raise _Waits


def _wait_for_calls(person: Person) -> None:
    """Nothing is erased while the person talks: what comes of that call would be left."""
    if calls_of(person).exclude(status__in=ENDED).filter(person_erased_at=None).exists():
        raise _Waits


def _wait_for_texts(person: Person) -> None:
    """Nor while a carrier is being given a text: how it is called there, by which it is deleted, comes afterwards."""
    if rows_of(person, "outgoingTexts").filter(state=TextState.UNDER_WAY).exists():
        raise _Waits


def _is_last_try(request: PrivacyRequest) -> bool:
    return request.failures >= len(PAUSES) - 1


def _finish(request: PrivacyRequest) -> None:
    now = timezone.now()
    told = [{name: value for name, value in entry.items() if value != "" or name != "why"} for entry in request.places]
    content = {
        "requestId": request.pk,
        "organizationId": request.organization_id,
        "kind": request.kind,
        "subject": request.subject,
        "number": request.shown,
        "requestedAt": request.created_at.isoformat(),
        "requestedBy": request.requested_by_id,
        "finishedAt": now.isoformat(),
        "places": told,
    }
    forgotten: dict[str, Any] = (
        {"phone_number": "", "contact_id": None, "sought": {}} if request.kind == PrivacyKind.ERASE else {}
    )
    hold(
        request,
        **forgotten,
        state=PrivacyState.DONE,
        certificate=signed(content),
        finished_at=now,
        **GIVEN_BACK,
    )


def _fail(request: PrivacyRequest, code: ErrorCode) -> None:
    write(request, **GIVEN_BACK, state=PrivacyState.FAILED, error=str(code), finished_at=timezone.now())
