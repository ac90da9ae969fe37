"""Analytics as frontends and partners see them; the names in `key` and `values` are those that were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from tether_calls.common.wire import UNSET, SnakeStruct, Timestamp, UnsetType, WireStruct

Zone = Annotated[str, msgspec.Meta(description="Whose days and hours these are.")]
Freshness = Annotated[Timestamp, msgspec.Meta(description="As of when: every call of then is counted.")]


class AnalyticsKey(WireStruct):
    """What a group's calls have in common; not there: the calls without. A vendor's agent has only a name."""

    hour: str | UnsetType = UNSET
    day: str | UnsetType = UNSET
    week: str | UnsetType = UNSET
    month: str | UnsetType = UNSET
    hour_of_week: int | UnsetType = UNSET
    agent: str | UnsetType | None = UNSET
    agent_name: str | UnsetType | None = UNSET
    version: str | UnsetType | None = UNSET
    version_name: str | UnsetType | None = UNSET
    user: str | UnsetType | None = UNSET
    user_name: str | UnsetType | None = UNSET
    number: str | UnsetType | None = UNSET
    provider: str | UnsetType = UNSET
    direction: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    end_reason: str | UnsetType | None = UNSET
    answered_by: str | UnsetType | None = UNSET
    disposition: str | UnsetType | None = UNSET
    disposition_name: str | UnsetType | None = UNSET
    tag: str | UnsetType | None = UNSET
    tag_name: str | UnsetType | None = UNSET


class AnalyticsValues(WireStruct):
    """The metrics that were asked for, of which some are of answered calls: not there without any. Seconds."""

    count: int | UnsetType = UNSET
    talk_time: float | UnsetType = UNSET
    average_duration: float | UnsetType | None = UNSET
    p50_duration: float | UnsetType | None = UNSET
    p90_duration: float | UnsetType | None = UNSET
    answer_rate: float | UnsetType | None = UNSET
    cost: float | UnsetType = UNSET
    cost_per_answered: float | UnsetType | None = UNSET
    score_count: int | UnsetType = UNSET
    average_score: float | UnsetType | None = UNSET


class AnalyticsGroup(WireStruct):
    key: AnalyticsKey
    values: AnalyticsValues


def analytics_group(key: Mapping[str, Any], values: Mapping[str, float | None]) -> AnalyticsGroup:
    return AnalyticsGroup(key=AnalyticsKey(**_there(key)), values=analytics_values(values))


def analytics_values(values: Mapping[str, float | None]) -> AnalyticsValues:
    return AnalyticsValues(**_there(values))


def _there(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


class CallsAnalyticsResponse(WireStruct):
    """Groups with calls, in the order of their keys."""

    success: Literal[True]
    timezone: Zone
    series: list[AnalyticsGroup]
    totals: AnalyticsValues
    freshness: Freshness
    previous_totals: AnalyticsValues | UnsetType = UNSET


class PartnerAnalyticsKey(SnakeStruct):
    """What a group's calls have in common; null: the calls without. A vendor's agent has only a name."""

    hour: str | UnsetType = UNSET
    day: str | UnsetType = UNSET
    week: str | UnsetType = UNSET
    month: str | UnsetType = UNSET
    hour_of_week: int | UnsetType = UNSET
    agent: str | UnsetType | None = UNSET
    agent_name: str | UnsetType | None = UNSET
    version: str | UnsetType | None = UNSET
    version_name: str | UnsetType | None = UNSET
    user: str | UnsetType | None = UNSET
    user_name: str | UnsetType | None = UNSET
    number: str | UnsetType | None = UNSET
    provider: str | UnsetType = UNSET
    direction: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    end_reason: str | UnsetType | None = UNSET
    answered_by: str | UnsetType | None = UNSET
    disposition: str | UnsetType | None = UNSET
    disposition_name: str | UnsetType | None = UNSET
    tag: str | UnsetType | None = UNSET
    tag_name: str | UnsetType | None = UNSET


class PartnerAnalyticsValues(SnakeStruct):
    """The metrics that were asked for; null where there are no calls that they could be of. Durations in seconds."""

    count: int | UnsetType = UNSET
    talk_time: float | UnsetType = UNSET
    average_duration: float | UnsetType | None = UNSET
    p50_duration: float | UnsetType | None = UNSET
    p90_duration: float | UnsetType | None = UNSET
    answer_rate: float | UnsetType | None = UNSET
    cost: float | UnsetType = UNSET
    cost_per_answered: float | UnsetType | None = UNSET
    score_count: int | UnsetType = UNSET
    average_score: float | UnsetType | None = UNSET


class PartnerAnalyticsGroup(SnakeStruct):
    key: PartnerAnalyticsKey
    values: PartnerAnalyticsValues


class PartnerAnalytics(SnakeStruct):
    """Groups with calls, in the order of their keys."""

    timezone: Zone
    series: list[PartnerAnalyticsGroup]
    totals: PartnerAnalyticsValues
    previous_totals: PartnerAnalyticsValues | None
    freshness: Freshness
