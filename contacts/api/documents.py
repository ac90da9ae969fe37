"""What the endpoints of contacts answer with; the document itself is in `contacts.documents`."""

from __future__ import annotations

from typing import Literal

from contacts.documents import ContactDocument
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
