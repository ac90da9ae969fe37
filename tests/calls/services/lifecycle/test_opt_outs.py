"""A customer asks in a call not to be called again: kept with the call, followed everywhere, and undone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from calls.models import Call
from calls.reports import CallReport, TranscriptTurn
from calls.services.lifecycle.apply_report import apply_report
from calls.services.webhooks_out.fan_out import fan_out
from contacts.models import DoNotCallNumber, DoNotCallSource
from contacts.services.do_not_call import add_to_do_not_call
from tests.calls.api.ingesting import ingested
from tests.calls.api.pushes.pushing import results
from tests.calls.api.reading import history
from tests.calls.event_log import event_names
from tests.calls.partner.partners import partner_of
from tests.calls.services.webhooks_out.receiving import subscribed
from tests.clients import ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, ingest_body, make_call, make_do_not_call, make_user
from tests.refusals import assert_refused
from tests.statements import statements_made
from tether_calls.accounts.models import AccessRole, OptOutPolicy, Organization, User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

CUSTOMER = "+14165550199"
ASKS = "Look, please take me off your list."


def said(*user: str) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = [{"role": "agent", "message": "Hello, this is Alex.", "timestamp": 0}]
    return turns + [{"role": "user", "message": text, "timestamp": number + 3} for number, text in enumerate(user)]


def pushed(**fields: Any) -> dict[str, Any]:
    asked = {"toNumber": CUSTOMER, "transcript": said("Who is this?", ASKS)}
    return ingest_body(**{**asked, **fields})


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


def listed() -> list[tuple[str, str, str | None]]:
    return list(DoNotCallNumber.objects.values_list("phone_number", "source", "call_id"))


def report(*user: str, **fields: Any) -> CallReport:
    turns = tuple(TranscriptTurn(turn["role"], turn["message"], turn["timestamp"]) for turn in said(*user))
    return CallReport(provider="external", transcript=turns, **fields)


def opt_out(api: ApiClient, call: Call | str, *, undo: bool = False) -> Any:
    path = f"/api/calls/{call if isinstance(call, str) else call.pk}/opt-out"
    return api.delete(path) if undo else api.put(path, None)


# ---- Heard ---------------------------------------------------------------------------------------------------------


def test_a_pushed_call_shows_it_and_its_number_is_on_the_list(api: ApiClient, vendor: ApiClient) -> None:
    call_id = ingested(vendor, pushed())["callId"]

    (document,) = history(api)["calls"]
    assert_is("CallDocument", document)
    assert document["optOut"] == {
        "detectedAt": document["optOut"]["detectedAt"],
        "by": "phrase",
        "turn": 2,
        "text": "Look, please take me off your list",
    }
    assert listed() == [(CUSTOMER, "call", call_id)]
    assert event_names(call_id) == [
        "call_initiated",
        "call_ended",
        "call_recording_ready",
        "fetch_messages",
        "call_opted_out",
    ]
    assert EventLog.objects.get(name="call_ended").data["call"]["optOut"] == document["optOut"]


def test_it_costs_policy_and_entry_and_a_transaction(vendor: ApiClient) -> None:
    """tests/calls/api/test_ingest_statements.py has what a call costs in which nothing of the kind was said."""
    ingested(vendor, pushed(transcript=said("No thanks."), callerName=None))
    with statements_made() as plain:
        ingested(vendor, pushed(transcript=said("No thanks.")))
    with statements_made() as asked:
        ingested(vendor, pushed())

    assert len(asked) - len(plain) <= 4


def test_the_same_push_again_changes_nothing(vendor: ApiClient) -> None:
    call = pushed()
    ingested(vendor, call)
    DoNotCallNumber.objects.all().delete()

    assert vendor.post("/api/calls/ingest", call).body["deduplicated"]

    assert listed() == []


def test_each_call_of_a_batch_is_listened_to(vendor: ApiClient) -> None:
    numbers = [f"+1416555019{number}" for number in range(3)]
    calls = [{**pushed(), "toNumber": number} for number in reversed(numbers)]

    results(vendor, [*calls, {**pushed(), "toNumber": "+14165550177", "transcript": said("Call me again.")}])

    assert sorted(number for number, *_ in listed()) == numbers
    assert EventLog.objects.filter(name="call_opted_out").count() == 3


def test_a_transcript_that_comes_later_is_listened_to(user: User, organization: Organization) -> None:
    call = make_call(user, status="completed", to_number=CUSTOMER)

    apply_report(organization_id=organization.pk, call_id=call.pk, report=report(ASKS))

    call.refresh_from_db()
    assert call.opted_out_at is not None
    assert listed() == [(CUSTOMER, "call", call.pk)]
    assert {"call_updated", "call_opted_out"} <= set(event_names(call.pk))


def test_a_fuller_transcript_shows_it_where_it_is_and_tells_nobody_again(
    user: User, organization: Organization
) -> None:
    call = make_call(user, status="completed", to_number=CUSTOMER)
    apply_report(organization_id=organization.pk, call_id=call.pk, report=report(ASKS))
    call.refresh_from_db()
    at, told = call.opted_out_at, event_names(call.pk)

    apply_report(organization_id=organization.pk, call_id=call.pk, report=report("Hello?", "Who?", ASKS))

    call.refresh_from_db()
    assert call.opt_out is not None
    assert (call.opt_out["turn"], call.opted_out_at) == (3, at)
    assert event_names(call.pk).count("call_opted_out") == told.count("call_opted_out") == 1


@pytest.mark.parametrize(
    ("policy", "is_shown", "is_listed"),
    [(OptOutPolicy.BLOCK, True, True), (OptOutPolicy.FLAG, True, False), (OptOutPolicy.OFF, False, False)],
)
def test_the_organization_says_what_is_done(
    api: ApiClient, vendor: ApiClient, organization: Organization, policy: str, is_shown: bool, is_listed: bool
) -> None:
    Organization.objects.filter(pk=organization.pk).update(opt_out_policy=policy)

    ingested(vendor, pushed())

    assert ("optOut" in history(api)["calls"][0], bool(listed())) == (is_shown, is_listed)


def test_a_caller_without_a_number_is_shown_only(api: ApiClient, vendor: ApiClient) -> None:
    ingested(vendor, {**pushed(), "direction": "inbound", "fromNumber": "anonymous"})

    assert history(api)["calls"][0]["optOut"]["by"] == "phrase"
    assert listed() == []


def test_a_number_that_is_on_the_list_stays_as_it_is(vendor: ApiClient, organization: Organization) -> None:
    make_do_not_call(organization, phone_number=CUSTOMER, reason="Before")

    ingested(vendor, pushed())

    assert DoNotCallNumber.objects.get().reason == "Before"


def test_the_call_and_the_entry_are_kept_both_or_neither(vendor: ApiClient) -> None:
    """Whatever goes wrong between the two: a trigger of the database's stands for it."""
    table = "contacts_donotcallnumber"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION pg_temp.broken() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'broken'; END $$"
            )
            cursor.execute(
                f"CREATE TRIGGER broken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION pg_temp.broken()"
            )
        else:
            cursor.execute(
                f"CREATE TEMP TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END"
            )
    try:
        assert vendor.post("/api/calls/ingest", pushed()).status >= 500
        assert not Call.objects.exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER broken{f' ON {table}' if connection.vendor == 'postgresql' else ''}")


# ---- Told ----------------------------------------------------------------------------------------------------------


def test_subscribers_hear_of_it(user: User, vendor: ApiClient) -> None:
    subscription = subscribed(user, "https://example.com/hook", "call.opt_out").subscription
    ingested(vendor, pushed())

    fan_out()

    message = subscription.messages.get()
    assert message.event_type == "call.opt_out"
    assert '"opt_out":{"detected_at":' in message.body
    assert '"turn":2' in message.body


def test_it_can_be_asked_for(user: User, api: ApiClient, vendor: ApiClient) -> None:
    opted = ingested(vendor, pushed())["callId"]
    other = make_call(user, start_time=Call.objects.get().start_time - timedelta(days=1))

    for value, expected in (("true", opted), ("false", other.pk)):
        assert [call["_id"] for call in history(api, optOut=value)["calls"]] == [expected]
        body = partner_of(user).get("/api/v1/calls", opt_out=value).body
        assert [call["id"] for call in body["calls"]] == [expected]
        assert (body["calls"][0]["opt_out"] is not None) is (value == "true")


# ---- Said and taken back by people ---------------------------------------------------------------------------------


def test_a_person_marks_a_call(api: ApiClient, user: User) -> None:
    call = make_call(user, to_number=CUSTOMER)

    answer = opt_out(api, call)

    assert answer.status == 200
    assert_is("CallsCallResponse", answer.body)
    assert set(answer.body["call"]["optOut"]) == {"detectedAt", "by"}
    assert answer.body["call"]["optOut"]["by"] == "human"
    assert listed() == [(CUSTOMER, "call", call.pk)]
    assert DoNotCallNumber.objects.get().added_by_id == user.pk
    assert event_names(call.pk) == ["call_updated", "call_opted_out"]
    assert opt_out(api, call).body["call"]["optOut"] == answer.body["call"]["optOut"]
    assert len(event_names(call.pk)) == 2


def test_a_person_has_the_number_listed_where_it_was_only_shown(
    api: ApiClient, vendor: ApiClient, organization: Organization
) -> None:
    Organization.objects.filter(pk=organization.pk).update(opt_out_policy=OptOutPolicy.FLAG)
    call_id = ingested(vendor, pushed())["callId"]
    assert listed() == []

    assert opt_out(api, call_id).body["call"]["optOut"]["by"] == "phrase"

    assert listed() == [(CUSTOMER, "call", call_id)]


def test_it_is_undone_and_not_heard_again(user: User, organization: Organization) -> None:
    head = logged_in(make_user(organization=organization, access_role=AccessRole.DEPARTMENT_HEAD))
    call = make_call(user, status="completed", to_number=CUSTOMER)
    apply_report(organization_id=organization.pk, call_id=call.pk, report=report(ASKS))

    answer = opt_out(head, call, undo=True)

    assert (answer.status, "optOut" in answer.body["call"]) == (200, False)
    assert listed() == []
    assert event_names(call.pk)[-1] == "call_updated"
    apply_report(organization_id=organization.pk, call_id=call.pk, report=report("Hello?", ASKS))
    call.refresh_from_db()
    assert (call.opted_out_at, listed()) == (None, [])
    assert opt_out(head, call, undo=True).status == 200
    assert opt_out(head, call).body["call"]["optOut"]["by"] == "human"


def test_what_others_have_put_on_the_list_stays_there(user: User, organization: Organization) -> None:
    head = logged_in(make_user(organization=organization, access_role=AccessRole.DEPARTMENT_HEAD))
    make_do_not_call(organization, phone_number=CUSTOMER)
    call = make_call(user, to_number=CUSTOMER)
    opt_out(head, call)

    opt_out(head, call, undo=True)

    assert DoNotCallNumber.objects.count() == 1


def test_where_another_call_says_the_same_the_number_stays_for_that_one(
    user: User, organization: Organization, vendor: ApiClient
) -> None:
    head = logged_in(make_user(organization=organization, access_role=AccessRole.DEPARTMENT_HEAD))
    first, second = (ingested(vendor, pushed())["callId"] for _ in range(2))

    opt_out(head, first, undo=True)
    assert listed() == [(CUSTOMER, "call", second)]

    opt_out(head, second, undo=True)
    assert listed() == []


def test_so_it_does_for_another_call_of_the_number_whose_contact_is_gone(
    user: User, organization: Organization, vendor: ApiClient
) -> None:
    head = logged_in(make_user(organization=organization, access_role=AccessRole.DEPARTMENT_HEAD))
    first, second = (ingested(vendor, pushed())["callId"] for _ in range(2))
    Call.objects.filter(pk__in=(first, second)).update(contact=None)

    opt_out(head, first, undo=True)
    assert listed() == [(CUSTOMER, "call", second)]


def test_the_list_then_says_why_in_the_words_of_that_call(
    user: User, organization: Organization, vendor: ApiClient
) -> None:
    head = logged_in(make_user(organization=organization, access_role=AccessRole.DEPARTMENT_HEAD))
    first = ingested(vendor, pushed(transcript=said("My divorce is enough, never call me again.")))["callId"]
    ingested(vendor, pushed())
    assert "divorce" in DoNotCallNumber.objects.get().reason

    opt_out(head, first, undo=True)

    assert DoNotCallNumber.objects.get().reason == "Asked in a call: Look, please take me off your list"


def test_of_a_call_whose_person_was_erased_nobody_elses_takes_its_place(user: User, organization: Organization) -> None:
    """Of both no number is known any more: that is all they have in common."""
    head = logged_in(make_user(organization=organization, access_role=AccessRole.DEPARTMENT_HEAD))
    call, stranger = (make_call(user, direction="inbound", from_number=number) for number in (CUSTOMER, "+14165550123"))
    for each in (call, stranger):
        opt_out(head, each)
    Call.objects.filter(pk__in=(call.pk, stranger.pk)).update(from_number="", contact=None)

    opt_out(head, call, undo=True)

    assert listed() == [("+14165550123", "call", stranger.pk)]


def test_but_another_one_of_the_number_that_it_has_put_there(user: User, organization: Organization) -> None:
    head = logged_in(make_user(organization=organization, access_role=AccessRole.DEPARTMENT_HEAD))
    call, other = (make_call(user, direction="inbound", from_number=CUSTOMER) for _ in range(2))
    for each in (call, other):
        opt_out(head, each)
    Call.objects.filter(pk=call.pk).update(from_number="", contact=None)

    opt_out(head, call, undo=True)

    assert listed() == [(CUSTOMER, "call", other.pk)]


def test_who_has_also_texted_stop_stays_on_the_list(user: User, organization: Organization) -> None:
    head = logged_in(make_user(organization=organization, access_role=AccessRole.DEPARTMENT_HEAD))
    call = make_call(user, to_number=CUSTOMER)
    opt_out(head, call)
    add_to_do_not_call(organization_id=organization.pk, phone_number=CUSTOMER, source=DoNotCallSource.SMS)

    opt_out(head, call, undo=True)

    assert listed() == [(CUSTOMER, "sms", None)]
    assert DoNotCallNumber.objects.get().reason == "Asked in a text"


def test_a_sales_representative_does_not_undo_it(user: User, organization: Organization) -> None:
    representative = logged_in(make_user(organization=organization, access_role=AccessRole.SALES_REP))
    call = make_call(user, to_number=CUSTOMER)
    assert opt_out(representative, call).status == 200

    assert_refused(opt_out(representative, call, undo=True), 403, "FORBIDDEN")
    assert len(listed()) == 1


@pytest.mark.parametrize("undo", [False, True])
def test_a_call_of_another_organization_is_like_none(api: ApiClient, other_user: User, undo: bool) -> None:
    foreign = make_call(other_user, to_number=CUSTOMER)

    answers = [opt_out(api, call_id, undo=undo) for call_id in (foreign.pk, UNKNOWN_ID)]

    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].body == answers[1].body
    assert listed() == []
