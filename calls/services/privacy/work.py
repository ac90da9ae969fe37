"""The job that finds, exports and erases persons: place after place, slice after slice.

What a slice has erased, and that it has, are written in one transaction. So whatever cuts the work off, the next
worker goes on behind it, and the certificate says neither more nor less than what was done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone

from calls.models import PrivacyKind, PrivacyRequest, PrivacyState
from calls.reports import ENDED
from calls.selectors.privacy.holds import held, placed_holds
from calls.services.privacy.archive import begin_archive, discard_archives, store_archive
from calls.services.privacy.certificates import signed
from calls.services.privacy.copies import COPIES, erase_copies
from calls.services.privacy.erasures import note_erasure
from contacts.models import Contact
from tether_calls.background.jobs import stopping
from tether_calls.background.turns import GIVEN_BACK, NotOurs, give_back, hold, lock, next_in_turn, try_later, write
from tether_calls.common.errors import ErrorCode
from tether_calls.common.personal_data import Person, Place, places
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
    """The person is in a call."""


def do_privacy_requests() -> None:
    """The job: one request after the other, each until it is done."""
    discard_archives(timezone.now())
    until = time.monotonic() + RUN_SECONDS
    while time.monotonic() < until and not stopping.is_set():
        # wall: the job does the requests of every organization
        request = claim()
        if request is None:
            return
        _take_turn(request)


def claim() -> PrivacyRequest | None:
    """The request that has waited longest for its turn. Two statements."""
    # wall: the job does the requests of every organization
    waiting = PrivacyRequest.objects.filter(state__in=PrivacyRequest.UNFINISHED)
    return next_in_turn(waiting, now=timezone.now(), state=PrivacyState.RUNNING)


def _take_turn(request: PrivacyRequest) -> None:
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
    person = _person(request)
    is_erased = request.kind == PrivacyKind.ERASE
    if is_erased:
        _wait_for_calls(person)
        if request.position == 0 and not request.cursor:
            # Before anything is erased: a backup that was made until now has the person.
            note_erasure(request)
    while request.position < len(COPIES) + len(places()):
        if request.position < len(COPIES):
            _go_through_copies(request, person)
        else:
            _go_through(request, person, places()[request.position - len(COPIES)])
    if is_erased and request.rounds < MOST_ROUNDS and _is_more(request, person):
        hold(request, position=len(COPIES), cursor="", rounds=request.rounds + 1)
        go_on(request)
        return
    if request.kind == PrivacyKind.EXPORT:
        begin_archive(request, keep=hold)
        store_archive(request, person, keep=hold)
    _finish(request)


def _look_up(request: PrivacyRequest) -> None:
    """By what the person is known; written down, since it is gone before the last place is."""
    numbers = list(spellings(request.phone_number))
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
        places=[
            {"place": name, "title": title, "found": 0, "done": 0, "kept": 0, "why": ""}
            for name, title in [
                *((f"copy:{name}", title) for name, title in COPIES.items()),
                *((place.name, place.title) for place in places()),
            ]
        ],
    )


def _person(request: PrivacyRequest) -> Person:
    sought = request.sought
    return Person(
        organization_id=request.organization_id,
        phone_numbers=tuple(sought["numbers"]),
        contact_ids=tuple(sought["contacts"]),
        names=tuple(name for name in sought["names"] if name not in _NO_NAMES),
        request_id=request.pk,
        before=request.before,
    )


_NO_NAMES: Final = frozenset({"Unknown Caller", "Hidden Caller", "New Contact"})


def _calls_of(person: Person) -> Any:
    [calls] = [place for place in places() if place.name == "calls"]
    return calls.of(person)


def _wait_for_calls(person: Person) -> None:
    """Nothing is erased while the person talks: what comes of that call would be left."""
    if _calls_of(person).exclude(status__in=ENDED).filter(person_erased_at=None).exists():
        raise _Waits


class _Held:
    """What legal holds keep of a person: all, or some calls and what hangs together with them."""

    def __init__(self, person: Person) -> None:
        holds = list(placed_holds(person.organization_id))
        self.is_person = any(
            hold.contact_id in person.contact_ids or hold.phone_number in person.phone_numbers for hold in holds
        )
        self.call_ids = (
            frozenset(_calls_of(person).filter(held(holds)).values_list("pk", flat=True)) if holds else frozenset()
        )

    def keeps(self, place: Place, row: Model) -> bool:
        if self.is_person:
            return True
        if not self.call_ids:
            return False
        if place.call:
            return getattr(row, place.call) in self.call_ids
        # By these the call's person would be known.
        return place.name in ("contacts", "conversations")


def _go_through(request: PrivacyRequest, person: Person, place: Place) -> None:
    is_erased = request.kind == PrivacyKind.ERASE
    first_round = request.rounds == 0
    while True:
        rows, last = _slice(place, person, request.cursor)
        if not rows and last is None:
            hold(request, position=request.position + 1, cursor="")
            return
        # Each time anew: a hold that is placed meanwhile holds from the next slice on.
        holds = _Held(person) if is_erased else None
        keeping = [row for row in rows if holds is not None and holds.keeps(place, row)]
        going = [row for row in rows if row not in keeping and not place.is_gone(row)] if is_erased else []
        done = {
            "found": len(rows) if first_round else len(going),
            "done": len(going),
            "kept": (len(rows) if place.kept else len(keeping)) if first_round else 0,
        }
        why = [place.kept] if place.kept and rows and is_erased else []
        why += ["A legal hold is placed."] if keeping else []
        if place.release is not None and going:
            place.release(going)
        with transaction.atomic():
            lock(request)
            if going:
                place.erase(person, going)
            _add(request, done if is_erased else {"found": len(rows)}, why)
            hold(request, cursor=str(last), places=request.places)


def _slice(place: Place, person: Person, cursor: str) -> tuple[list[Any], Any]:
    """The person's rows of those that come next, and the last one that was looked at; None: there are no more."""
    rows = place.of(person).order_by("pk")
    if cursor:
        rows = rows.filter(pk__gt=cursor)
    looked_at = list(rows[: place.at_once])
    found = [row for row in looked_at if place.tells_of(person, row)]
    return found, looked_at[-1].pk if looked_at else None


def _go_through_copies(request: PrivacyRequest, person: Person) -> None:
    """What providers have of the calls. Network: no transaction is open; asked again, they say that it is gone."""
    if request.kind != PrivacyKind.ERASE:
        hold(request, position=len(COPIES), cursor="")
        return
    holds = _Held(person)
    provider = list(COPIES)[request.position]
    outcome = erase_copies(
        provider,
        organization_id=request.organization_id,
        calls=_calls_of(person),
        after=request.cursor,
        held=lambda call_id: holds.is_person or call_id in holds.call_ids,
        is_last_try=request.failures >= len(PAUSES) - 1,
    )
    if outcome is None:
        hold(request, position=request.position + 1, cursor="")
        return
    _add(request, {"found": outcome.found, "done": outcome.done, "kept": outcome.kept}, outcome.why)
    hold(request, cursor=outcome.last, places=request.places)


def _is_more(request: PrivacyRequest, person: Person) -> bool:
    """Whether anything came while the places were gone through."""
    holds = _Held(person)
    for place in places():
        cursor = ""
        while True:
            rows, last = _slice(place, person, cursor)
            if any(not place.is_gone(row) and not holds.keeps(place, row) for row in rows):
                return True
            if last is None:
                break
            cursor = str(last)
            hold(request)
    return False


def _add(request: PrivacyRequest, counts: dict[str, int], why: Sequence[str]) -> None:
    entry = request.places[request.position]
    for name, count in counts.items():
        entry[name] += count
    for reason in why:
        if reason not in entry["why"]:
            entry["why"] = f"{entry['why']} {reason}".strip()


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
