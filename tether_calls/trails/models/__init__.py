from tether_calls.trails.models.access import AccessEntry, AccessKind
from tether_calls.trails.models.chain import AddedOnlyError, Head, Link, Pending, Trail
from tether_calls.trails.models.entry import ActorKind, TrailEntry

__all__ = [
    "AccessEntry",
    "AccessKind",
    "ActorKind",
    "AddedOnlyError",
    "Head",
    "Link",
    "Pending",
    "Trail",
    "TrailEntry",
]
