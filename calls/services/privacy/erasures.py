"""The list of erased persons, as digests, outside of the database: a restored backup has them again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from calls.models import Call, CallDirection, PrivacyKind, PrivacyRequest
from calls.services.privacy.ask import add_request
from calls.services.privacy.certificates import is_subject
from contacts.models import Contact


def erasures() -> Storage:
    return storages["erasures"]


def note_erasure(request: PrivacyRequest) -> None:
    """Write down that a person was erased: a file of its own, which is there before the first row goes."""
    name = f"{request.organization_id}/{request.pk}.json"
    at = request.before or request.created_at
    content = {"organizationId": request.organization_id, "subject": request.subject, "at": at.isoformat()}
    files = erasures()
    if not files.exists(name):
        files.save(name, ContentFile(json.dumps(content).encode()))


def noted() -> Iterator[dict[str, Any]]:
    """All that was written down, by organization."""
    files = erasures()
    for folder in sorted(files.listdir("")[0]):
        for name in sorted(files.listdir(folder)[1]):
            if name.endswith(".json"):
                with files.open(f"{folder}/{name}") as file:
                    yield json.loads(file.read())


def ask_again(*, organization_id: str, subject: str, at: datetime) -> list[PrivacyRequest]:
    """Have a person erased again whom a backup has brought back: what was there at the time of the erasure."""
    contacts = Contact.objects.of_organization(organization_id).filter(created_at__lt=at)
    numbers = set(contacts.values_list("phone_number", flat=True))
    calls = Call.objects.of_organization(organization_id).filter(created_at__lt=at, person_erased_at=None)
    for direction, column in ((CallDirection.INBOUND, "from_number"), (CallDirection.OUTBOUND, "to_number")):
        numbers |= set(calls.filter(direction=direction).order_by().values_list(column, flat=True).distinct())
    return [
        add_request(organization_id=organization_id, kind=PrivacyKind.ERASE, phone_number=number, before=at)
        for number in sorted(numbers)
        if number and is_subject(subject, organization_id, number)
    ]
