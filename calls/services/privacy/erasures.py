"""The list of erased persons, as digests, outside of the database: a restored backup has them again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db.models import Min, QuerySet
from django.utils import timezone

from calls.models import Call, CallDirection, OutgoingText, PrivacyKind, PrivacyRequest, ScheduledCall
from calls.services.privacy.ask import add_request
from calls.services.privacy.certificates import subject_of, subjects_of
from contacts.models import Consent, Contact, DialDecision, DoNotCallNumber
from tether_calls.common.phone import canonical, spellings


def erasures() -> Storage:
    return storages["erasures"]


def note_erasure(request: PrivacyRequest) -> None:
    """Write down that a person was erased: a file of its own, which is there before the first row goes.

    Whatever a backup without the request has was there by now; one with it goes on with it.
    """
    name = f"{request.organization_id}/{request.pk}.json"
    at = request.before or timezone.now()
    content = {
        "organizationId": request.organization_id,
        "subject": request.subject,
        # By these a contact is found whose number was another one when the backup was made.
        "contacts": [subject_of(request.organization_id, contact_id) for contact_id in request.sought["contacts"]],
        "at": at.isoformat(),
    }
    files = erasures()
    if not files.exists(name):
        files.save(name, ContentFile(json.dumps(content).encode()))


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What was written down: whose, by the digest of the number and those of contacts' ids, and of what until when."""

    organization_id: str
    subject: str
    contacts: tuple[str, ...]
    at: datetime


def noted() -> Iterator[Erasure]:
    """All that was written down, by organization."""
    files = erasures()
    for folder in sorted(files.listdir("")[0]):
        for name in sorted(files.listdir(folder)[1]):
            if name.endswith(".json"):
                with files.open(f"{folder}/{name}") as file:
                    told = json.loads(file.read())
                yield Erasure(
                    organization_id=told["organizationId"],
                    subject=told["subject"],
                    contacts=tuple(told.get("contacts", ())),
                    at=datetime.fromisoformat(told["at"]),
                )


def ask_again(*, organization_id: str, erasures: Iterable[Erasure]) -> list[PrivacyRequest]:
    """Have persons erased again whom a backup has brought back: what was there at the time of their erasure.

    By their numbers, and as the contacts that they were, which may have had another number when the backup was made.
    """
    until: dict[str, datetime] = {}
    for erasure in erasures:
        for digest in (erasure.subject, *erasure.contacts):
            until[digest] = max(erasure.at, until.get(digest, erasure.at))
    asked = [
        add_request(organization_id=organization_id, kind=PrivacyKind.ERASE, phone_number=number, before=at)
        for number, first_seen in sorted(_numbers(organization_id).items())
        if (at := _erased_at(organization_id, spellings(number), until)) is not None and first_seen < at
    ]
    numbers = {spelling for request in asked for spelling in spellings(request.phone_number)}
    contacts = Contact.objects.of_organization(organization_id).exclude(phone_number__in=numbers).order_by("pk")
    found = [
        (contact_id, at)
        for contact_id, created_at in contacts.values_list("pk", "created_at").iterator()
        if (at := _erased_at(organization_id, [contact_id], until)) is not None and created_at < at
    ]
    return asked + [
        add_request(
            organization_id=organization_id, kind=PrivacyKind.ERASE, phone_number="", contact_id=contact_id, before=at
        )
        for contact_id, at in found
    ]


def _erased_at(organization_id: str, names: Iterable[str], until: Mapping[str, datetime]) -> datetime | None:
    """The last time that a person was erased who is known by one of these, such as spellings of a number."""
    digests = {digest for each in names for digest in subjects_of(organization_id, each)}
    return max((until[digest] for digest in digests if digest in until), default=None)


def _numbers(organization_id: str) -> dict[str, datetime]:
    """The telephone numbers of persons, and since when each is known, wherever something of theirs may be."""
    contacts = Contact.objects.of_organization(organization_id)
    calls = Call.objects.of_organization(organization_id).filter(person_erased_at=None)
    # On the list stays who was erased, without a reason.
    listed = DoNotCallNumber.objects.of_organization(organization_id).exclude(reason="")
    where: list[tuple[QuerySet[Any, Any], str, str]] = [
        (contacts, "phone_number", "created_at"),
        (calls.filter(direction=CallDirection.INBOUND), "from_number", "created_at"),
        (calls.filter(direction=CallDirection.OUTBOUND), "to_number", "created_at"),
        (listed, "phone_number", "created_at"),
        (Consent.objects.of_organization(organization_id), "phone_number", "created_at"),
        (DialDecision.objects.of_organization(organization_id), "phone_number", "at"),
        (ScheduledCall.objects.of_organization(organization_id), "phone_number", "created_at"),
        (OutgoingText.objects.of_organization(organization_id), "to_number", "created_at"),
    ]
    known: dict[str, datetime] = {}
    for rows, column, since in where:
        seen = rows.exclude(**{column: ""}).order_by().values_list(column).annotate(first=Min(since))
        for number, first in seen:
            if canonical(number) is not None:
                known[number] = min(first, known.get(number, first))
    return known
