from tether_calls.trails.models.access import AccessEntry, AccessKind
from tether_calls.trails.models.acting import acting, actor_now
from tether_calls.trails.models.audit import AuditAction, AuditEntry
from tether_calls.trails.models.audited import Audited, AuditedQuerySet, AuditedRows, note_act
from tether_calls.trails.models.chain import AddedOnlyError, Head, Link, Pending, Trail
from tether_calls.trails.models.entry import ActorKind, TrailEntry

__all__ = [
    "AccessEntry",
    "AccessKind",
    "ActorKind",
    "AddedOnlyError",
    "AuditAction",
    "AuditEntry",
    "Audited",
    "AuditedQuerySet",
    "AuditedRows",
    "Head",
    "Link",
    "Pending",
    "Trail",
    "TrailEntry",
    "acting",
    "actor_now",
    "note_act",
]
