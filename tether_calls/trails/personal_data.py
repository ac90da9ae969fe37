"""What the trails know of persons."""

from __future__ import annotations

from tether_calls.common.personal_data import register_harmless
from tether_calls.trails.models import AccessEntry, AuditEntry, Head, Link, Pending

register_harmless(
    "who has heard and read calls, which are staff and systems; the calls are ids, which lead nowhere once erased",
    AccessEntry,
)
register_harmless(
    "who of staff has changed what is set, which is kept; numbers of persons are digests there, and secrets masked",
    AuditEntry,
)
register_harmless("hashes and ids", Link, Head, Pending)
