"""Query strings of the read endpoints: what they may say, and what they mean."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calls.models import CallDirection, CallProvider, CallStatus
from calls.outcomes import AnsweredBy, EndReason
from calls.selectors.analytics import GROUPINGS, METRICS, TIMES, AnalyticsWanted
from calls.selectors.history import HistoryFilter, Position
from calls.selectors.search.find import SearchWanted
from tether_calls.common.errors import TetherError
from tether_calls.common.fields import e164_pattern
from tether_calls.common.object_id import is_object_id
from tether_calls.common.pagination import MAX_SIZE, PageQuery
from tether_calls.common.phone import e164_of, is_hidden
from tether_calls.common.queries import (
    MomentParameter,
    ObjectIdParameter,
    QuerySerializer,
    StrictQuerySerializer,
    WholeNumberParameter,
    ZoneParameter,
    names_parameter,
)
from tether_calls.common.sight import Sight
from tether_calls.common.times import from_wire, to_wire
from tether_calls.common.wire import camelize

MAX_LIMIT = 200
MAX_OFFSET = 1_000_000
MOST_METRICS, MOST_GROUPINGS = 4, 2


@extend_schema_field({"type": "string", "pattern": e164_pattern()})
class NumberParameter(serializers.CharField):
    """A number as people write it; a `+` that arrives as a space, because it was not escaped, is a plus."""

    def to_internal_value(self, data: Any) -> str:
        text = str(data)
        number = e164_of(f"+{text.strip()}" if text[:1] == " " and text.strip()[:1] != "+" else text)
        if number is None:
            raise serializers.ValidationError("Not a telephone number with its country code")
        return number


@extend_schema_field({"type": "string", "pattern": e164_pattern(may_be_hidden=True)})
class CallerParameter(NumberParameter):
    """A number, or a word or number that stands for callers who do not show theirs."""

    def to_internal_value(self, data: Any) -> str:
        return str(data).strip() if is_hidden(str(data)) else super().to_internal_value(data)


class PeriodFields(StrictQuerySerializer):
    start_date = MomentParameter(required=False, help_text="ISO 8601; calls that started then or later.")
    end_date = MomentParameter(required=False, help_text="ISO 8601; calls that started before.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("start_date"), attrs.get("end_date")
        if start is not None and end is not None and end < start:
            first, last = self.wire_name("start_date"), self.wire_name("end_date")
            raise serializers.ValidationError({last: [f"Before {first}"]})
        return attrs


class PeriodQuery(QuerySerializer, PeriodFields):
    """A period."""


class YesOrNoParameter(serializers.ChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(choices=["true", "false"], **options)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data) == "true"


class OutcomeFields(PeriodFields):
    """How calls ended, and what people have made of them; the names are those of HistoryFilter."""

    end_reason = serializers.ChoiceField(choices=list(map(str, EndReason)), required=False)
    answered_by = serializers.ChoiceField(choices=list(map(str, AnsweredBy)), required=False)
    tag = ObjectIdParameter(required=False)
    disposition = ObjectIdParameter(required=False)
    is_starred = YesOrNoParameter(required=False)
    opt_out = YesOrNoParameter(required=False, help_text="Whether the customer asked not to be called again.")


class StatisticsQuery(QuerySerializer, OutcomeFields):
    """A period, and how calls ended in it."""


class HistoryFilterFields(OutcomeFields):
    """Which calls; the names are those of HistoryFilter."""

    contact_id = ObjectIdParameter(required=False)
    user_id = ObjectIdParameter(required=False)
    status = serializers.ChoiceField(choices=CallStatus.values, required=False)
    direction = serializers.ChoiceField(choices=CallDirection.values, required=False)
    provider = serializers.ChoiceField(choices=CallProvider.values, required=False)
    from_number = CallerParameter(
        required=False, help_text="A number with its country code; `anonymous`: callers who do not show theirs."
    )
    to_number = NumberParameter(required=False, help_text="A number with its country code.")
    q = serializers.CharField(
        required=False,
        min_length=2,
        max_length=100,
        help_text="A number, part of a contact's name or number, or words of the summary.",
    )


class HistoryQuery(QuerySerializer, HistoryFilterFields):
    limit = WholeNumberParameter(required=False, default=50, min_value=1, max_value=MAX_LIMIT)
    offset = WholeNumberParameter(required=False, default=0, min_value=0, max_value=MAX_OFFSET)
    cursor = serializers.CharField(required=False, help_text="`nextCursor` of the page before; instead of offset.")
    include = serializers.ChoiceField(choices=["aiTranscript"], required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if "cursor" in attrs and attrs["offset"]:
            raise serializers.ValidationError({"cursor": ["Not together with offset"]})
        return attrs


class AnalyticsFields(HistoryFilterFields):
    """What analytics are asked for besides which calls; a subclass names the metrics and groupings of its API."""

    timezone = ZoneParameter(
        required=False, help_text="Whose days and hours are meant, as an IANA name. Default: the organization's."
    )
    compare = serializers.ChoiceField(
        choices=["previous"],
        required=False,
        help_text="Also the totals of the period of the same length before; needs a start.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if "compare" in attrs and "start_date" not in attrs:
            raise serializers.ValidationError({"compare": [f"Needs {self.wire_name('start_date')}"]})
        times = {self.wire_name(name) for name in TIMES}
        if sum(name in times for name in attrs["group_by"]) > 1:
            raise serializers.ValidationError({self.wire_name("group_by"): ["Not by two times"]})
        return attrs

    def wanted(self, home_zone: ZoneInfo, *, seen_by: Sight | None) -> AnalyticsWanted:
        """What was asked for, in our own names."""
        values = self.validated_data
        names = {self.wire_name(name): name for name in (*METRICS, *GROUPINGS)}
        return AnalyticsWanted(
            metrics=[names[name] for name in values["metric"]],
            group_by=[names[name] for name in values["group_by"]],
            zone=values.get("timezone") or home_zone,
            calls=history_filter(values, seen_by=seen_by),
            with_previous="compare" in values,
        )


METRICS_HELP = "What is calculated for each group: one to four."
GROUPINGS_HELP = "What calls are grouped by: up to two, at most one of them a time. Without any: only totals."


class AnalyticsQuery(QuerySerializer, AnalyticsFields):
    metric = names_parameter(map(camelize, METRICS), MOST_METRICS, help_text=METRICS_HELP, min_length=1)
    group_by = names_parameter(map(camelize, GROUPINGS), MOST_GROUPINGS, help_text=GROUPINGS_HELP, default=list)


class PromptsQuery(PageQuery):
    # Few organizations have more agents, so that most frontends never ask for a second page.
    size = WholeNumberParameter(required=False, default=MAX_SIZE, min_value=1, max_value=MAX_SIZE)


class LabelsQuery(QuerySerializer):
    include = serializers.ChoiceField(choices=["archived"], required=False)


@dataclass(frozen=True)
class Cursor:
    """The end of a page, with the total that was counted for the first one."""

    position: Position
    total: int
    total_capped: bool


class _Token(msgspec.Struct, array_like=True):
    start_time: str
    call_id: str
    # More than any list has: an invented number.
    total: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    total_capped: bool
    question: str


def history_filter(values: dict[str, Any], *, seen_by: Sight | None) -> HistoryFilter:
    names = HistoryFilter.__dataclass_fields__
    return HistoryFilter(**{name: value for name, value in values.items() if name in names}, seen_by=seen_by)


def encode_cursor(cursor: Cursor, *, organization_id: str, wanted: HistoryFilter | SearchWanted) -> str:
    position = cursor.position
    moment = position.start_time.astimezone(UTC).isoformat()
    token = _Token(moment, position.call_id, cursor.total, cursor.total_capped, _question(organization_id, wanted))
    return base64.urlsafe_b64encode(msgspec.json.encode(token)).rstrip(b"=").decode()


def decode_cursor(text: str, *, organization_id: str, wanted: HistoryFilter | SearchWanted) -> Cursor:
    """Raises VALIDATION_ERROR for what is no cursor, or one of another question."""
    try:
        padded = text + "=" * (-len(text) % 4)
        token = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=_Token)
        moment = from_wire(token.start_time)
    except (ValueError, binascii.Error, msgspec.DecodeError, RecursionError):
        raise TetherError.of_field("cursor", "Not a cursor") from None
    if not is_object_id(token.call_id):
        raise TetherError.of_field("cursor", "Not a cursor")
    if token.question != _question(organization_id, wanted):
        raise TetherError.of_field("cursor", "Of a query with other filters")
    return Cursor(Position(moment, token.call_id), token.total, token.total_capped)


def _question(organization_id: str, wanted: HistoryFilter | SearchWanted) -> str:
    """A short digest of whose calls are asked for, and which: a cursor continues the answer to one question only."""
    if isinstance(wanted, HistoryFilter):
        values = _values(wanted)
    else:
        values = ["search", repr(wanted.search), wanted.role, *_values(wanted.filter)]
    return hashlib.sha256(msgspec.json.encode([organization_id, *values])).hexdigest()[:12]


def _values(wanted: HistoryFilter) -> list[Any]:
    values = [getattr(wanted, name) for name in HistoryFilter.__dataclass_fields__]
    return [to_wire(value) if isinstance(value, datetime) else value for value in values]
