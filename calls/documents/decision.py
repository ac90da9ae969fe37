"""Whether a number may be called, and what was decided of dials, as frontends and partners read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec

from contacts.models import CallPurpose, DialDecision, DialPath
from contacts.rules.judge import Verdict
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, SnakeStruct, Timestamp, UnsetType, WireStruct, or_unset

if TYPE_CHECKING:
    _Path: TypeAlias = str
    _Purpose: TypeAlias = str
else:
    _Path = Literal[tuple(DialPath.values)]
    _Purpose = Literal[tuple(CallPurpose.values)]

Result = Annotated[Literal["pass", "fail", "unknown"], msgspec.Meta(description="`unknown` refuses nothing.")]
Code = Annotated[str, msgspec.Meta(description="Why not.")]
Next = Annotated[Timestamp, msgspec.Meta(description="From when on nothing would be in the way, where time mends it.")]
Source = Annotated[str, msgspec.Meta(description="The text that the rule is from, by its name in the rule pack.")]
CallId = Annotated[str, msgspec.Meta(description="The call that was made, or that a browser was refused.")]


class RuleDocument(SnakeStruct):
    """What one rule said; `detail` is a sentence."""

    rule: str
    result: Result
    detail: str
    source: Source | UnsetType = UNSET


class MayCallResponse(WireStruct):
    """Whether a number may be called, and what every rule says of it."""

    success: Literal[True]
    allowed: bool
    rules: list[RuleDocument]
    code: Code | UnsetType = UNSET
    next_allowed_at: Next | UnsetType = UNSET


class PartnerMayCall(SnakeStruct):
    """Whether a number may be called, and what every rule says of it."""

    success: Literal[True]
    allowed: bool
    rules: list[RuleDocument]
    code: Code | UnsetType = UNSET
    next_allowed_at: Next | UnsetType = UNSET


class DecisionDocument(WireStruct):
    """What was decided of a dial that somebody asked for; it never changes. Values that are not there are left out."""

    id: str = msgspec.field(name="_id")
    at: Timestamp
    path: _Path
    purpose: _Purpose
    phone_number: Annotated[str, msgspec.Meta(description="A pseudonym, once the person's data is erased.")]
    allowed: bool
    rules: list[RuleDocument]
    code: Code | UnsetType = UNSET
    next_allowed_at: Next | UnsetType = UNSET
    call_id: CallId | UnsetType = UNSET
    user_id: str | UnsetType = UNSET
    api_key_id: str | UnsetType = UNSET
    agent_id: str | UnsetType = UNSET
    scheduled_call_id: str | UnsetType = UNSET
    packs: Annotated[list[str], msgspec.Meta(description="Rule packs with their versions.")] | UnsetType = UNSET


class PartnerDecision(SnakeStruct):
    """What was decided of a dial that somebody asked for; it never changes. Values that are not there are left out."""

    id: str
    at: Timestamp
    path: _Path
    purpose: _Purpose
    phone_number: Annotated[str, msgspec.Meta(description="A pseudonym, once the person's data is erased.")]
    allowed: bool
    rules: list[RuleDocument]
    code: Code | UnsetType = UNSET
    next_allowed_at: Next | UnsetType = UNSET
    call_id: CallId | UnsetType = UNSET
    agent_id: str | UnsetType = UNSET
    scheduled_call_id: str | UnsetType = UNSET
    packs: Annotated[list[str], msgspec.Meta(description="Rule packs with their versions.")] | UnsetType = UNSET


def may_call_document(verdict: Verdict) -> MayCallResponse:
    return MayCallResponse(success=True, **_of_verdict(verdict, code=verdict.code or ""))


def partner_may_call_document(verdict: Verdict) -> PartnerMayCall:
    return PartnerMayCall(success=True, **_of_verdict(verdict, code=(verdict.code or "").lower()))


def decision_document(row: DialDecision) -> DecisionDocument:
    return DecisionDocument(
        **_of_row(row),
        code=or_unset(row.code),
        user_id=or_unset(row.user_id),
        api_key_id=or_unset(row.api_key_id),
    )


def partner_decision_document(row: DialDecision) -> PartnerDecision:
    return PartnerDecision(**_of_row(row), code=or_unset(row.code.lower()))


def _of_verdict(verdict: Verdict, *, code: str) -> dict[str, Any]:
    return {
        "allowed": verdict.is_allowed,
        "rules": _rules(msgspec.to_builtins(verdict.rules)),
        "code": or_unset(code),
        "next_allowed_at": UNSET if verdict.next_allowed_at is None else to_wire(verdict.next_allowed_at),
    }


def _of_row(row: DialDecision) -> dict[str, Any]:
    return {
        "id": row.pk,
        "at": to_wire(row.at),
        "path": row.path,
        "purpose": row.purpose,
        "phone_number": row.phone_number,
        "allowed": row.is_allowed,
        "rules": _rules(row.rules),
        "next_allowed_at": UNSET if row.next_allowed_at is None else to_wire(row.next_allowed_at),
        "call_id": or_unset(row.call_id),
        "agent_id": or_unset(row.agent_id),
        "scheduled_call_id": or_unset(row.scheduled_call_id),
        "packs": or_unset(list(row.facts.get("packs", ()))),
    }


def _rules(rules: Any) -> list[RuleDocument]:
    return [
        RuleDocument(
            rule=rule["rule"], result=rule["result"], detail=rule["detail"], source=or_unset(rule.get("source"))
        )
        for rule in rules
    ]
