"""What the endpoints of contacts are sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

import msgspec

from contacts.models import CallPurpose, Consent, ConsentBasis, Contact
from contacts.models.contact_note import MAX_MENTIONS, MAX_NOTE
from contacts.services.consents import Given, fault_of_times
from contacts.services.contact import ContactValues
from contacts.services.notes import NoteChanges
from tether_calls.common.bodies import Body, given
from tether_calls.common.errors import Detail
from tether_calls.common.fields import email_address, moment, object_id, telephone_number, text
from tether_calls.common.json_values import MISSING
from tether_calls.common.wire import UNSET, UnsetType, or_none

if TYPE_CHECKING:
    _Basis: TypeAlias = str
    _Purpose: TypeAlias = str
else:
    _Basis = Literal[tuple(ConsentBasis.values)]
    _Purpose = Literal[tuple(CallPurpose.values)]


class ConsentRequest(Body):
    """That somebody has consented to being called."""

    example: ClassVar[dict[str, Any]] = {
        "phoneNumber": "+14165550199",
        "basis": "express_written",
        "purpose": "marketing",
        "obtainedAt": "2026-05-01T15:00:00.000Z",
        "evidence": "https://example.com/forms/4711",
    }

    phone_number: Annotated[str, telephone_number()]
    basis: Annotated[_Basis, msgspec.Meta(description="On what it rests.")]
    purpose: Annotated[_Purpose, msgspec.Meta(description="To which calls.")]
    obtained_at: Annotated[datetime, moment(description="When it was given; not in the future.")]
    evidence: Annotated[str, text(max_length=Consent.EVIDENCE_MAX, may_be_blank=True)] = ""
    expires_at: Annotated[datetime, moment(description="Else it holds until it is revoked.")] | UnsetType = UNSET

    def faults(self) -> Iterable[Detail]:
        if fault := fault_of_times(self.given):
            yield Detail({"obtained_at": "obtainedAt", "expires_at": "expiresAt"}[fault[0]], fault[1])

    @property
    def given(self) -> Given:
        return Given(
            basis=ConsentBasis(self.basis),
            obtained_at=self.obtained_at,
            evidence=self.evidence,
            expires_at=or_none(self.expires_at),
        )


class ContactFields(Body):
    first_name: Annotated[str, text(max_length=Contact.NAME_MAX, may_be_blank=True)] | UnsetType = UNSET
    last_name: Annotated[str, text(max_length=Contact.NAME_MAX, may_be_blank=True)] | UnsetType = UNSET
    email: Annotated[str, email_address()] | UnsetType = UNSET
    source: Annotated[str, text(max_length=50, may_be_blank=True, description="What made the contact.")] | UnsetType = (
        UNSET
    )

    @property
    def values(self) -> ContactValues:
        """What is given of the contact itself; ContactCreateRequest and ContactUpdateRequest have its number."""
        values: ContactValues = given(self, *ContactValues.__annotations__)  # type: ignore[assignment]  # its keys
        return values


class ContactCreateRequest(ContactFields, kw_only=True):
    """A new contact; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {
        "phoneNumber": "+14165550142",
        "firstName": "Dana",
        "lastName": "Whitfield",
        "email": "dana@example.com",
    }

    phone_number: Annotated[str, telephone_number()]


class ContactUpdateRequest(ContactFields):
    """Which contact, and what is to change of it."""

    example: ClassVar[dict[str, Any]] = {"_id": "64f0a1b2c3d4e5f6a7b8c9d0", "firstName": "Dana", "email": ""}

    id: Annotated[str, object_id(description="Required, unless contactId is given.")] | UnsetType = msgspec.field(
        name="_id", default=UNSET
    )
    contact_id: Annotated[str, object_id(description="The same as _id.")] | UnsetType = UNSET
    phone_number: Annotated[str, telephone_number()] | UnsetType = UNSET

    def faults(self) -> Iterable[Detail]:
        named = {self.id, self.contact_id} - {UNSET}
        if not named:
            yield Detail("_id", MISSING)
        elif len(named) > 1:
            yield Detail("contactId", "Not the same as _id")

    @property
    def wanted(self) -> str:
        """The contact's id."""
        return str(self.contact_id if self.id is UNSET else self.id)


class ContactLookupRequest(Body):
    """By number; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {"phoneNumber": "+14165550199"}

    phone_number: Annotated[str, telephone_number(may_have_extension=True, may_be_hidden=True)]


_Note = Annotated[str, text(max_length=MAX_NOTE)]
_Mentions = Annotated[
    list[Annotated[str, object_id()]],
    msgspec.Meta(max_length=MAX_MENTIONS, description="Ids of users of the organization."),
]


class ContactNoteCreateRequest(Body, kw_only=True):
    """A new note; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {
        "contactId": "64f0a1b2c3d4e5f6a7b8c9d0",
        "note": "Prefers to be called after five.",
        "callId": "64f0a1b2c3d4e5f6a7b8cb00",
    }

    contact_id: Annotated[str, object_id()]
    note: _Note
    mentions: _Mentions | UnsetType = UNSET
    call_id: Annotated[str, object_id(description="The call that it is of.")] | UnsetType = UNSET


class ContactNoteUpdateRequest(Body):
    """What is to change of a note; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {"note": "Prefers to be called after six."}

    at_least_one_of: ClassVar[tuple[str, ...]] = ("note", "mentions")

    note: _Note | UnsetType = UNSET
    mentions: _Mentions | UnsetType = UNSET

    @property
    def changes(self) -> NoteChanges:
        changes: NoteChanges = given(self)  # type: ignore[assignment]  # the fields are its keys
        return changes
