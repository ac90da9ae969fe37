"""What the list of calls can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from unfold.contrib.filters.admin import BooleanRadioFilter, DropdownFilter

from calls.admin.call_list.asking import (
    AnyOfFilter,
    Asks,
    OfTheListFilter,
    OneOfFilter,
    RowFilter,
    TextOfTheListFilter,
    WrongFilterError,
    YesOrNoFilter,
)
from calls.admin.review.heard import HeardFilter
from calls.selectors.review.queues import queues_of
from calls.services.review.score_call import may_review
from tether_calls.common.object_id import is_object_id


class DirectionFilter(OneOfFilter):
    asks = "direction"


class ProviderFilter(OneOfFilter):
    asks = "provider"


class StatusFilter(AnyOfFilter):
    asks, asks_many = "status", "statuses"


class EndReasonFilter(AnyOfFilter):
    asks, asks_many = "end_reason", "end_reasons"


class AnsweredByFilter(AnyOfFilter):
    asks, asks_many = "answered_by", "answerers"


class ContactFilter(RowFilter):
    asks = "contact_id"


class AgentFilter(RowFilter):
    asks, heading = "ai_agent_id", "agent"


class UserFilter(RowFilter):
    asks = "user_id"


class TagFilter(RowFilter):
    asks, heading = "tag", "tag"


class DispositionFilter(RowFilter):
    asks = "disposition"


class StarFilter(Asks, BooleanRadioFilter):  # type: ignore[misc]
    asks = "is_starred"

    def read(self, value: str) -> bool:
        return value in ("1", "True")


class RecordingFilter(YesOrNoFilter):
    title = "recording"
    parameter_name = "recorded"
    asks = "has_recording"
    names = ("With a recording", "Without")


class OptOutFilter(YesOrNoFilter):
    title = "opted out"
    parameter_name = "opted_out"
    asks = "opt_out"
    names = ("Asked not to be called again", "Not asked")


class HeardOfListFilter(OfTheListFilter, HeardFilter):
    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        self._me = request.user.pk

    def asked(self) -> dict[str, Any]:
        answers: Mapping[str, dict[str, Any]] = {
            "not_by_me": {"heard": False, "heard_by": self._me},
            "by_me": {"heard": True, "heard_by": self._me},
            "by_nobody": {"heard": False},
            "by_anybody": {"heard": True},
        }
        return next((answers[value] for value in self.values() if value in answers), {})


class QueueFilter(OfTheListFilter, DropdownFilter):  # type: ignore[misc]
    """Which calls were drawn for a listening queue; for those who review calls. One statement more for them."""

    title = "listening queue"
    parameter_name = "queue"
    asks = "queue_id"

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        user: Any = request.user
        self._may_review = may_review(user)
        super().__init__(request, *args)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        scope = model_admin.scope_of(request)
        if not self._may_review or scope is None:
            return []
        return [
            (queue.pk, f"{queue.name} (archived)" if queue.is_archived else queue.name)
            for queue in queues_of(organization_id=scope)
        ]

    def has_output(self) -> bool:
        return bool(self.lookup_choices or self.values())

    def read(self, value: str) -> str:
        if not self._may_review:
            raise WrongFilterError("Listening queues are for those who review calls.")
        if not is_object_id(value):
            raise WrongFilterError("There is no such listening queue.")
        return value


class LongerThanFilter(TextOfTheListFilter):
    """In minutes, or as a clock has it."""

    title = "length, at least (minutes, or 1:30)"
    chip_name = "length at least"
    parameter_name = "longer_than"
    asks = "min_duration"

    def read(self, value: str) -> float:
        minutes, _, seconds = value.strip().partition(":")
        try:
            length = float(minutes.replace(",", ".") or 0) * 60 + float(seconds or 0)
        except ValueError:
            length = -1.0
        if not 0 <= length < 1e9:
            raise WrongFilterError("A length is written like 2 or 1:30, in minutes.")
        return length


class VendorAgentFilter(TextOfTheListFilter):
    """A vendor's agent is known by name only."""

    title = "name of a vendor's agent"
    chip_name = "vendor's agent"
    parameter_name = "agent_name"
    asks = "agent_name"
