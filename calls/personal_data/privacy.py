"""Legal holds, earlier privacy requests, and files of exports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db.models import Q, QuerySet

from calls.models import Export, LegalHold, PrivacyRequest
from calls.services.exports.discard import discard, export_files
from tether_calls.common.personal_data import Person, Place


def _exports(person: Person) -> QuerySet[Export]:
    return Export.objects.of_organization(person.organization_id).exclude(kind="wallet")


def _holds(person: Person) -> QuerySet[LegalHold]:
    return LegalHold.objects.of_organization(person.organization_id).filter(
        Q(phone_number__in=person.phone_numbers) | Q(contact_id__in=person.contact_ids)
    )


def _without_person(_person: Person, rows: Sequence[LegalHold]) -> None:
    # wall: rows that were found of one organization's person
    LegalHold.objects.filter(pk__in=[row.pk for row in rows]).update(
        phone_number="+0", contact_id="0" * 24, reason="The person was erased"
    )


def _is_nobodys(row: LegalHold) -> bool:
    return row.reason == "The person was erased" or row.released_at is None


def _privacy_requests(person: Person) -> QuerySet[PrivacyRequest]:
    """Those that are over: one that is not has to know whom it is about."""
    requests = PrivacyRequest.objects.of_organization(person.organization_id)
    others = requests.exclude(pk=person.request_id).exclude(state__in=PrivacyRequest.UNFINISHED)
    return others.filter(Q(phone_number__in=person.phone_numbers) | Q(contact_id__in=person.contact_ids))


def _remove_archive(rows: Sequence[PrivacyRequest]) -> None:
    for row in rows:
        if row.file:
            export_files().delete(row.file)


def _without_subject(_person: Person, rows: Sequence[PrivacyRequest]) -> None:
    """The requests and their certificates stay, without the person's number, contact and names."""
    # wall: rows that were found of one organization's person
    PrivacyRequest.objects.filter(pk__in=[row.pk for row in rows]).update(
        phone_number="", contact_id=None, sought={}, file=""
    )


def _discard(rows: Sequence[Export]) -> None:
    for row in rows:
        discard(row)


PRIVACY: Final = (
    Place(
        name="legalHolds",
        title="Legal holds that were released",
        model=LegalHold,
        of=_holds,
        personal=("phone_number", "reason"),
        exported=("scope", "created_at", "released_at"),
        erase=_without_person,
        is_gone=_is_nobodys,
        kept="That a hold was placed and released stays, with time and user; whom it covered goes.",
        order=66,
    ),
    Place(
        name="privacyRequests",
        title="Earlier requests of the person",
        model=PrivacyRequest,
        of=_privacy_requests,
        personal=("phone_number", "sought", "file"),
        harmless={
            "digests, and what was done": ("subject", "places", "certificate"),
            "the last two digits": ("shown",),
            "ours": ("cursor", "error"),
        },
        exported=("kind", "created_at", "finished_at"),
        erase=_without_subject,
        is_gone=lambda row: not row.phone_number and row.contact_id is None,
        release=_remove_archive,
        kept="That there was a request, and what was done, stays; it names nobody.",
        order=66,
    ),
    Place(
        name="exports",
        title="Files of exports, which may hold the person's rows",
        model=Export,
        of=_exports,
        personal=("filter", "file", "carry"),
        harmless={"ours": ("columns", "time_zone", "error", "checkpoint")},
        not_exported="They are of whomever staff have looked for.",
        release=_discard,
        order=65,
    ),
)
