"""Tags and dispositions in tests."""

from __future__ import annotations

import itertools
from typing import Any

from calls.models import Call, CallTag, Disposition, Tag
from tether_calls.accounts.models import Organization

TAGS, DISPOSITIONS = "/api/tags", "/api/dispositions"
_numbers = itertools.count(1)


def make_tag(organization: Organization, name: str = "", **fields: Any) -> Tag:
    return Tag.objects.create(organization=organization, name=name or f"Tag {next(_numbers)}", **fields)


def make_disposition(organization: Organization, name: str = "", **fields: Any) -> Disposition:
    return Disposition.objects.create(organization=organization, name=name or f"Outcome {next(_numbers)}", **fields)


def put_on(call: Call, *tags: Tag) -> None:
    """As the service does it, without an event."""
    call.tag_ids = " ".join(tag.pk for tag in tags)
    call.save(update_fields=["tag_ids"])
    CallTag.objects.bulk_create(CallTag(call=call, tag=tag, start_time=call.start_time) for tag in tags)
