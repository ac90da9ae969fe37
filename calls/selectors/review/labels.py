"""What people can put on calls."""

from __future__ import annotations

from typing import TypeVar

from calls.models import Disposition, Tag

LabelT = TypeVar("LabelT", Tag, Disposition)


def labels(kind: type[LabelT], *, organization_id: str, with_archived: bool = False) -> list[LabelT]:
    """An organization's tags, or its dispositions, by name; those that are archived if asked for. One statement."""
    found = kind.objects.of_organization(organization_id).order_by("key")
    return list(found if with_archived else found.filter(is_archived=False))
