"""`manage.py check_audit`: prove that the audit logs are as they were written."""

from __future__ import annotations

from tether_calls.trails.management.checking import CheckTrail
from tether_calls.trails.models import Trail


class Command(CheckTrail):
    help = "Prove that no row of an audit log was changed, removed or cut off; ends with status 1 where one was."
    trail = Trail.AUDIT
