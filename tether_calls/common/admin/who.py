"""Whom the admin lets do something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol


class Who(Enum):
    """Whom the admin lets do something; staff means staff of an active organization, and superusers."""

    NOBODY = "nobody"
    SUPERUSERS = "superusers"
    STAFF = "staff"

    def includes(self, user: Any) -> bool:
        if not (user.is_active and user.is_staff) or self is Who.NOBODY:
            return False
        if user.is_superuser:
            return True
        return self is Who.STAFF and user.organization is not None and user.organization.is_active


@dataclass(frozen=True)
class StaffWho:
    """Staff whom a rule of a service permits it as well: the admin gives no more than the API."""

    permitted: Callable[[Any], bool]

    def includes(self, user: Any) -> bool:
        return Who.STAFF.includes(user) and self.permitted(user)


class Whom(Protocol):
    """Whom the admin lets do something."""

    def includes(self, user: Any) -> bool: ...
