"""Who has listened to a call: told by the player, shown on the page, asked for in the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.contrib.filters.admin import DropdownFilter

from calls.models import Call
from calls.selectors.review.hearings import heard, hearings_of, not_heard
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import may_read_trails
from tether_calls.common.admin.display import list_at, moment

_SHOWN = 10


@dataclass(frozen=True)
class Listener:
    name: str
    at: str


@dataclass(frozen=True)
class HeardBox:
    """`address`: where the player tells it."""

    address: str
    listeners: list[Listener]
    has_more: bool
    # The access log of the call, for those who may read it.
    access: str = ""


def heard_box(call: Call, user: User) -> HeardBox:
    """One statement."""
    newest = hearings_of(call, most=_SHOWN + 1)
    return HeardBox(
        address=reverse("admin:calls_call_heard", args=[call.pk]),
        listeners=[Listener(each.user.full_name or each.user.email, moment(each.last_at)) for each in newest[:_SHOWN]],
        has_more=len(newest) > _SHOWN,
        access=list_at("trails.accessentry", f"q={call.pk}") if may_read_trails(user) else "",
    )


class HeardFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    """The filter *Heard*: by the reader, or by any user."""

    title = "heard"
    parameter_name = "heard"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("not_by_me", "Not heard by me"),
            ("by_me", "Heard by me"),
            ("by_nobody", "Heard by nobody"),
            ("by_anybody", "Heard by anybody"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        user: Any = request.user
        match self.value():
            case "not_by_me":
                return not_heard(queryset, by=user.pk)
            case "by_me":
                return heard(queryset, by=user.pk)
            case "by_nobody":
                return not_heard(queryset)
            case "by_anybody":
                return heard(queryset)
        return queryset
