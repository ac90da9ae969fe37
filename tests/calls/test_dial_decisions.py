"""Each dial that is asked for leaves one decision, by whichever way, and whatever comes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import Call, ScheduledCall
from contacts.models import Consent, DialDecision, DialPath
from contacts.services.may_call import Asking, keep_allowed, may_call
from tests.at_once import at_once
from tests.calls.api.ai.money import set_rate
from tests.calls.api.ai.outbound import Office, assert_refused, customer, dials, outbound
from tests.calls.partner.conftest import office, partner, simulator
from tests.calls.partner.dialling import checked, dial
from tests.calls.partner.partners import partner_of
from tests.calls.scheduling import come_due, dial_due, in_minutes, make_scheduled
from tests.calls.webhooks import twilio_office
from tests.clients import ApiClient, logged_in
from tests.factories import make_contact, make_do_not_call, make_prepaid, make_user
from tether_calls.accounts.models import Organization, User
from tether_calls.common.object_id import new_object_id
from tether_calls.common.times import to_wire

pytestmark = pytest.mark.django_db

__all__ = ["office", "partner", "simulator"]

NIGHT = datetime(2026, 12, 5, 8, 0, tzinfo=UTC)


def of_office(office: Office, **fields: Any) -> Organization:
    """The office's organization, with other settings."""
    home = Organization.objects.get(pk=office.user.home_id)
    for name, value in fields.items():
        setattr(home, name, value)
    home.save()
    return home


def browser(user: User, number: str, *, call: str = "CA" + "1" * 32) -> bool:
    """A carrier asks where a call of the user's browser goes; whether it is connected."""
    told = twilio_office.request("voice_browser", CallSid=call, From=f"client:{user.pk}", To=number)
    del told["callId"]
    return b"<Dial" in twilio_office.deliver("outbound", told).content


def due(office: Office, **fields: Any) -> ScheduledCall:
    contact = fields.pop("contact", office.contact)
    return make_scheduled(office.user, **{"agent": office.agent, "contact": contact, **fields})


def by_user(office: Office, number: str) -> None:
    outbound(logged_in(office.user), phoneNumber=number)


def by_partner(office: Office, number: str) -> None:
    dial(partner_of(office.user), phone_number=number)


def scheduled(source: str) -> Callable[[Office, str], None]:
    def ask(office: Office, number: str) -> None:
        contact = make_contact(office.agent.organization, phone_number=number)
        dial_due(due(office, contact=contact, source=source))

    return ask


def by_browser(office: Office, number: str) -> None:
    twilio_office.make_account(office.user)
    twilio_office.make_number(office.user)
    browser(office.user, number)


PATHS = {
    "user": by_user,
    "partner": by_partner,
    "scheduled": scheduled("user"),
    "call_back": scheduled("agent"),
    "reminder": scheduled("reminder"),
    "browser": by_browser,
}


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def the_decision() -> DialDecision:
    return DialDecision.objects.get()


def test_a_dial_that_is_made_leaves_one_with_its_call(path: str, office: Office) -> None:
    PATHS[path](office, customer(1))

    decision, call = the_decision(), Call.objects.get()
    assert (decision.path, decision.is_allowed, decision.code, decision.call_id) == (path, True, "", call.pk)
    assert (decision.phone_number, decision.user_id) == (customer(1), office.user.pk)
    assert decision.agent_id == (None if path == "browser" else office.agent.pk)


def test_a_dial_that_a_rule_refuses_leaves_one_that_says_so(path: str, office: Office, simulator: Simulator) -> None:
    make_do_not_call(office.agent.organization, phone_number=customer(1))

    PATHS[path](office, customer(1))

    decision = the_decision()
    assert (decision.path, decision.is_allowed, decision.code) == (path, False, "DO_NOT_CALL")
    assert decision.call_id == (Call.objects.get().pk if path == "browser" else None)
    assert dials(simulator) == 0


def test_a_dial_that_something_else_refuses_leaves_one_too(path: str, office: Office, settings: Any) -> None:
    settings.TETHER_DIALS_PER_ORGANIZATION_HOUR = 0

    PATHS[path](office, customer(1))

    decision = the_decision()
    assert (decision.is_allowed, decision.code, decision.next_allowed_at) == (False, "DIAL_LIMIT_REACHED", None)
    assert {rule["result"] for rule in decision.rules} == {"pass"}


def dialled_before(office: Office, number: str) -> DialDecision:
    """Somebody has dialled the number a moment ago."""
    asking = Asking(organization_id=office.user.home_id, phone_number=number, path=DialPath.USER, at=timezone.now())
    keep_allowed(may_call(asking), call_id=new_object_id())
    return DialDecision.objects.get()


def test_the_last_attempt_of_the_day_is_the_last_by_every_way(path: str, office: Office, simulator: Simulator) -> None:
    of_office(office, attempts_per_day=1)
    first = dialled_before(office, customer(1))

    PATHS[path](office, customer(1))

    refused = DialDecision.objects.exclude(is_allowed=True).get()
    assert (refused.path, refused.code) == (path, "TOO_MANY_ATTEMPTS")
    assert refused.next_allowed_at == first.at + timedelta(days=1)
    assert dials(simulator) == 0


def test_a_call_that_the_provider_does_not_place_was_allowed_all_the_same(
    office: Office, simulator: Simulator, api: ApiClient
) -> None:
    assert outbound(api, phoneNumber=customer(7)).status == 500

    assert (the_decision().is_allowed, the_decision().call_id) == (True, Call.objects.get().pk)


def test_without_the_money_a_dial_is_refused_and_leaves_one(office: Office, api: ApiClient) -> None:
    make_prepaid(office.agent.organization, "0.10")
    set_rate(office, "0.25")

    assert_refused(outbound(api, phoneNumber=customer(1)), 400, "INSUFFICIENT_FUNDS")

    assert the_decision().code == "INSUFFICIENT_FUNDS"


def test_what_is_no_dial_leaves_none(office: Office, api: ApiClient, partner: ApiClient) -> None:
    outbound(api, phoneNumber="hello")
    outbound(api, phoneNumber=customer(1), agentId="0" * 24)
    dial(partner, phone_number="+1416")
    dial(partner, variables={"x": "\0"})
    dial(partner, agent_id="nobody")
    api.post("/api/calls/ai/outbound", {"contactId": office.contact.pk, "schedule": {"notBefore": in_minutes(60)}})

    assert not DialDecision.objects.exists()


def test_a_repeated_request_leaves_no_second_one(office: Office, api: ApiClient, partner: ApiClient) -> None:
    of_office(office, attempts_per_day=1)
    answers = [outbound(api, phoneNumber=customer(1)) for _ in range(2)]
    assert [answer.body["deduplicated"] for answer in answers] == [False, True]
    answers = [dial(partner, phone_number=customer(2), key="a") for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]

    assert DialDecision.objects.count() == 2


def test_a_carrier_that_asks_again_leaves_no_second_one_and_hears_the_same(office: Office) -> None:
    twilio_office.make_account(office.user)
    twilio_office.make_number(office.user)
    home = of_office(office, attempts_per_day=1)

    assert [browser(office.user, customer(1)) for _ in range(3)] == [True] * 3
    of_office(office, attempts_per_day=None)
    assert browser(office.user, customer(1))

    assert DialDecision.objects.of_organization(home.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_keys_that_race_for_the_last_attempt_of_the_day_one_dials(office: Office, simulator: Simulator) -> None:
    home = of_office(office, attempts_per_day=1)
    keys = [partner_of(office.user), partner_of(make_user(organization=home))]

    def ask(partner: ApiClient) -> int:
        return checked(dial(partner, phone_number=customer(1))).status

    answers = at_once([lambda partner=partner: ask(partner) for partner in keys])  # type: ignore[misc]

    assert sorted(answers) == [201, 403]
    assert (dials(simulator), Call.objects.count()) == (1, 1)
    assert sorted(DialDecision.objects.values_list("is_allowed", "code")) == [(False, "TOO_MANY_ATTEMPTS"), (True, "")]


# ---- What clients are told -----------------------------------------------------------------------------------------


def test_who_asks_hears_from_when_on_it_is_allowed(office: Office, api: ApiClient, partner: ApiClient) -> None:
    of_office(office, attempts_per_day=1)
    next_at = to_wire(dialled_before(office, customer(1)).at + timedelta(days=1))

    ours, theirs = outbound(api, phoneNumber=customer(1)), dial(partner, phone_number=customer(1))

    assert_refused(ours, 400, "TOO_MANY_ATTEMPTS")
    assert ours.body["nextAllowedAt"] == next_at
    assert (theirs.status, theirs.body["error"]) == (403, "too_many_attempts")
    assert theirs.body["next_allowed_at"] == next_at


def test_a_call_needs_consent_where_the_organization_says_so(
    office: Office, api: ApiClient, partner: ApiClient
) -> None:
    of_office(office, consent_policy="marketing")

    assert_refused(outbound(api, phoneNumber=customer(1)), 400, "CONSENT_MISSING")
    refused = dial(partner, phone_number=customer(1))
    assert (refused.status, refused.body["error"]) == (403, "consent_missing")
    assert outbound(api, phoneNumber=customer(1), purpose="service").status == 200
    assert dial(partner, phone_number=customer(2), purpose="service").status == 201


def test_consent_comes_along_with_a_dial(office: Office, api: ApiClient, partner: ApiClient) -> None:
    of_office(office, consent_policy="all")
    given = {"basis": "express_written", "obtainedAt": "2026-05-01T15:00:00Z", "evidence": "Form 4711"}
    theirs = {"basis": "express", "obtained_at": "2026-05-01T15:00:00Z"}

    assert outbound(api, phoneNumber=customer(1), consent=given).status == 200
    assert dial(partner, phone_number=customer(2), purpose="service", consent=theirs).status == 201

    kept = Consent.objects.order_by("phone_number").values_list(
        "phone_number", "basis", "purpose", "evidence", "source", "added_by_id"
    )
    assert list(kept) == [
        (customer(1), "express_written", "marketing", "Form 4711", "dial", office.user.pk),
        (customer(2), "express", "service", "", "dial", office.user.pk),
    ]


@pytest.mark.parametrize(
    "consent",
    [
        {"basis": "rumour", "obtainedAt": "2026-05-01T15:00:00Z"},
        {"basis": "express"},
        {"basis": "express", "obtainedAt": "yesterday"},
        {"basis": "express", "obtainedAt": "2100-01-01T00:00:00Z"},
        {"basis": "express", "obtainedAt": "2026-05-01T15:00:00Z", "evidence": "x" * 2_001},
    ],
)
def test_what_is_no_consent_is_refused(office: Office, api: ApiClient, consent: Any) -> None:
    assert_refused(outbound(api, phoneNumber=customer(1), consent=consent), 400, "VALIDATION_ERROR")
    assert not Consent.objects.exists()


# ---- At a time -----------------------------------------------------------------------------------------------------


def test_consent_that_ends_between_plan_and_dial_is_asked_for_again(
    office: Office, api: ApiClient, simulator: Simulator
) -> None:
    of_office(office, consent_policy="all")
    body = {"phoneNumber": customer(1), "schedule": {"notBefore": in_minutes(60)}}
    assert_refused(api.post("/api/calls/ai/outbound", body), 400, "CONSENT_MISSING")
    given = {"basis": "express", "obtainedAt": "2026-05-01T15:00:00Z"}
    assert api.post("/api/calls/ai/outbound", {**body, "consent": given}).status == 202

    Consent.objects.update(expires_at=timezone.now())
    come_due()
    planned = dial_due(ScheduledCall.objects.get())

    assert (planned.state, planned.code, dials(simulator)) == ("failed", "CONSENT_MISSING", 0)
    assert (the_decision().path, the_decision().scheduled_call_id) == ("scheduled", planned.pk)


def test_a_call_at_a_time_waits_until_there_is_an_attempt_again(
    office: Office, api: ApiClient, simulator: Simulator
) -> None:
    of_office(office, attempts_per_day=1)
    first = dialled_before(office, customer(0))

    planned = dial_due(due(office))

    assert (planned.state, planned.code, dials(simulator)) == ("scheduled", "TOO_MANY_ATTEMPTS", 0)
    assert planned.next_at == first.at + timedelta(days=1)


def test_a_call_is_planned_for_the_first_minute_that_a_rule_pack_permits(
    office: Office, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_office(office, rule_packs=["us_telemarketing"])
    office.agent.disclosure = "This is an automated call."
    office.agent.save()
    # Three in the morning in Washington.
    monkeypatch.setattr(timezone, "now", lambda: NIGHT)

    answer = api.post(
        "/api/calls/ai/outbound", {"phoneNumber": customer(1), "schedule": {"notBefore": "2026-12-05T08:30:00Z"}}
    )

    assert answer.status == 202, answer
    assert ScheduledCall.objects.get().next_at == datetime(2026, 12, 5, 13, 0, tzinfo=UTC)


def test_the_purpose_of_a_call_at_a_time_is_the_one_of_the_dial(office: Office, partner: ApiClient) -> None:
    answer = dial(partner, phone_number=customer(1), purpose="service", schedule={"not_before": in_minutes(60)})
    assert answer.status == 202, answer
    come_due()
    dial_due(ScheduledCall.objects.get())

    assert (the_decision().purpose, the_decision().api_key_id is not None) == ("service", True)
