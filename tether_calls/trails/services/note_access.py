"""That somebody got at what was said."""

from __future__ import annotations

from collections.abc import Sequence

from tether_calls.trails.models import AccessEntry
from tether_calls.trails.reports import Accessed, Actor
from tether_calls.trails.services.require_reason import require_reason

# As many as fit into the statement of either database.
_AT_ONCE = 500


def note_access(*, organization_id: str, actor: Actor, accessed: Sequence[Accessed]) -> None:
    """Write a row for each, before it is handed out. One statement, and none for nothing.

    Every door passes here: staff of the platform have said why, or are refused (one statement more).
    Raises REASON_REQUIRED.
    """
    if accessed:
        require_reason(organization_id=organization_id, actor=actor)
    note_accesses([entry_of(organization_id=organization_id, actor=actor, accessed=each) for each in accessed])


def note_accesses(entries: Sequence[AccessEntry]) -> None:
    """The same of several organizations. One statement for every 500 rows."""
    if entries:
        AccessEntry.objects.bulk_create(entries, batch_size=_AT_ONCE, ignore_conflicts=True)


def entry_of(*, organization_id: str, actor: Actor, accessed: Accessed) -> AccessEntry:
    """The row, not written yet."""
    return AccessEntry(
        organization_id=organization_id,
        kind=accessed.kind,
        call_id=accessed.call_id,
        recording_id=accessed.recording_id,
        export_id=accessed.export_id,
        act=accessed.act,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:254],
        user_id=actor.user_id,
        ip=actor.ip[:45],
        reason=actor.reason[:500],
    )
