"""Tags and dispositions as clients see them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from calls.documents.call import CallDispositionDocument, CallTagDocument
from calls.models import Disposition, Tag

Archived = Annotated[bool, msgspec.Meta(description="It stays on its calls, and is offered no more.")]


class TagDocument(CallTagDocument):
    """A tag that an organization has."""

    archived: Archived


class DispositionDocument(CallDispositionDocument):
    """A disposition that an organization has."""

    archived: Archived


def tag_document(tag: Tag) -> TagDocument:
    return TagDocument(id=tag.pk, name=tag.name, color=tag.color, archived=tag.is_archived)


def disposition_document(disposition: Disposition) -> DispositionDocument:
    return DispositionDocument(
        id=disposition.pk, name=disposition.name, kind=disposition.kind, archived=disposition.is_archived
    )
