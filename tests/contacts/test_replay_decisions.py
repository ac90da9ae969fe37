"""Decisions that were made follow from what was known then, whenever they are judged once more."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from contacts.models import CallPurpose, ConsentBasis, ConsentSource, DialDecision, DialPath
from contacts.services.consents import Given, add_consent
from contacts.services.may_call import (
    Asking,
    AttemptTaken,
    CallRefused,
    keep_allowed,
    keep_refused,
    may_call,
    may_the_browser_call,
)
from tests.factories import make_do_not_call, make_organization
from tether_calls.accounts.models import CallingHours, Organization
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

NUMBERS = [
    *("+13055550123", "+12055550123", "+14015550123", "+15025550123", "+12125550123", "+18085550123", "+16715550123"),
    *("+14165550123", "+15065550123", "+19025550123", "+18005550123", "+442079460018", "+80012345678", "+19005550199"),
]


def organizations(chance: random.Random) -> Iterator[Organization]:
    """Of each setting some."""
    for number in range(12):
        home = make_organization(
            consent_policy=chance.choice(["nothing", "marketing", "all"]),
            rule_packs=chance.choice([[], ["us_telemarketing"], ["ca_telemarketing", "us_telemarketing"]]),
            attempts_per_day=chance.choice([None, 1, 3]),
            attempts_per_month=chance.choice([None, 5]),
        )
        if number % 2:
            CallingHours.objects.create(organization=home, time_zone=chance.choice(["", "America/Toronto"]))
        make_do_not_call(home, phone_number=chance.choice(NUMBERS))
        for phone_number in chance.sample(NUMBERS, 6):
            add_consent(
                organization_id=home.pk,
                sight=None,
                phone_number=phone_number,
                purpose=chance.choice(list(CallPurpose)),
                given=Given(
                    basis=chance.choice(list(ConsentBasis)),
                    obtained_at=datetime(2026, 1, 1, tzinfo=UTC),
                    expires_at=chance.choice([None, datetime(2026, 7, 1, tzinfo=UTC)]),
                ),
                source=ConsentSource.API,
            )
        yield home


def decide(count: int) -> None:
    """So many decisions, of every way, at every time of a year, the days among them on which clocks are set."""
    chance = random.Random(20_261_129)
    homes = list(organizations(chance))
    for _ in range(count):
        asking = Asking(
            organization_id=chance.choice(homes).pk,
            phone_number=chance.choice(NUMBERS),
            path=chance.choice(list(DialPath)),
            at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(366 * 24 * 60)),
            purpose=chance.choice(list(CallPurpose)),
            is_disclosed=chance.choice([True, True, False]),
        )
        decision = may_the_browser_call(asking) if asking.path is DialPath.BROWSER else may_call(asking)
        verdict = decision.verdict
        if verdict.code is not None:
            keep_refused(decision, refusal=CallRefused(verdict.code, next_allowed_at=verdict.next_allowed_at))
        elif chance.random() < 0.2:
            keep_refused(decision, refusal=TetherError(ErrorCode.INSUFFICIENT_FUNDS))
        else:
            try:
                keep_allowed(decision, call_id=new_object_id())
            except AttemptTaken:
                continue


def replayed(**options: str) -> str:
    out = io.StringIO()
    call_command("replay_decisions", stdout=out, stderr=out, **options)
    return out.getvalue()


def test_decisions_of_every_kind_say_the_same_again() -> None:
    decide(400)
    codes = set(DialDecision.objects.values_list("code", flat=True))
    assert codes >= {"", "DO_NOT_CALL", "CONSENT_MISSING", "AGENT_NOT_COMPLIANT", "OUTSIDE_CALLING_HOURS"}
    assert codes >= {"TOO_MANY_ATTEMPTS", "NUMBER_TYPE_NOT_ALLOWED", "INSUFFICIENT_FUNDS"}

    assert replayed() == f"{DialDecision.objects.count()} decisions follow from what was known then\n"


def test_a_decision_that_does_not_follow_is_named() -> None:
    home = make_organization(attempts_per_day=1)
    asking = Asking(
        organization_id=home.pk, phone_number=NUMBERS[0], path=DialPath.USER, at=datetime(2026, 5, 13, tzinfo=UTC)
    )
    first = may_call(asking)
    keep_allowed(first, call_id=new_object_id())
    keep_refused(first, refusal=CallRefused(ErrorCode.TOO_MANY_ATTEMPTS))

    with pytest.raises(CommandError, match="1 of 2 decisions"):
        replayed(organization=home.pk)


def test_an_organization_that_there_is_not_is_refused() -> None:
    with pytest.raises(CommandError, match="there is none with this id"):
        replayed(organization="0" * 24)
