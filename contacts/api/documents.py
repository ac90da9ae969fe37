"""What the endpoints of contacts answer with; the document itself is in `contacts.documents`."""

from __future__ import annotations

from typing import Literal

from contacts.documents import ConsentDocument, ContactDocument, NoteDocument
from tether_calls.common.wire import WireStruct


class ContactsPageResponse(WireStruct):
    """One page of contacts, newest first; `total` counts those of all pages."""

    data: list[ContactDocument]
    total: int
    page: int
    size: int


class ContactResponse(WireStruct):
    """One contact."""

    success: Literal[True]
    contact: ContactDocument


class ConsentResponse(WireStruct):
    """One consent."""

    success: Literal[True]
    consent: ConsentDocument


class ConsentsPageResponse(WireStruct):
    """One page of consents, newest first; `total` counts those of all pages."""

    success: Literal[True]
    consents: list[ConsentDocument]
    total: int
    page: int
    size: int


class RevokedConsentsResponse(WireStruct):
    """How many consents were revoked by this."""

    success: Literal[True]
    revoked: int


class ConsentFault(WireStruct):
    """A line of a file, counted from 1, that is no consent."""

    line: int
    message: str


class ConsentsImportedResponse(WireStruct):
    """How many consents are new, how many lines tell of one that was there, how many of these are revoked now.

    `invalid` lines are none; `faults` are the first hundred of them.
    """

    success: Literal[True]
    added: int
    known: int
    revoked: int
    invalid: int
    faults: list[ConsentFault]


class NotesPagination(WireStruct):
    """Where in the list a page is."""

    total: int
    limit: int
    offset: int
    has_more: bool


class ContactNotesPageResponse(WireStruct):
    """Some of the notes, newest first."""

    success: Literal[True]
    data: list[NoteDocument]
    pagination: NotesPagination


class ContactNoteResponse(WireStruct):
    """One note."""

    success: Literal[True]
    message: str
    data: NoteDocument
