"""Where an organization narrows its roles, no read of any path shows a user a call that is not theirs to see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from calls.models import (
    Call,
    CallScore,
    CallStatus,
    CallTag,
    Export,
    ListeningQueue,
    LiveCall,
    LiveTurn,
    QueuedCall,
    Recording,
    ScheduledCall,
)
from calls.services.exports.make import make_exports
from calls.services.lifecycle.keep_words import keep_words
from calls.services.review.queue_turns import next_call
from contacts.models import (
    CallPurpose,
    Consent,
    ConsentBasis,
    ConsentSource,
    Contact,
    ContactNote,
    DoNotCallNumber,
    NoteMention,
)
from contacts.services.consents import Given, add_consent
from contacts.services.notes import create_note
from conversations.models import Conversation, Message
from tests.accounts.keys import make_key
from tests.admin_site import (
    admin_of,
    list_of,
    make_delivery,
    make_event,
    make_phone_number,
    make_webhook,
    make_webhook_message,
    page_at,
)
from tests.calls.api.browsing import ringing_call
from tests.calls.api.labelling import make_tag, put_on
from tests.calls.api.reading import add_recording
from tests.calls.api.scoring import make_score, make_scorecard
from tests.calls.exporting import made, make_export, objects_in
from tests.calls.scheduling import make_scheduled
from tests.clients import Answer, ApiClient, logged_in
from tests.factories import (
    make_call,
    make_contact,
    make_conversation,
    make_do_not_call,
    make_message,
    make_organization,
    make_prompt,
    make_user,
)
from tests.undone import undone
from tether_calls.accounts.models import AccessRole, ApiKey, Organization, User, Wallet
from tether_calls.accounts.sight import sight_of
from tether_calls.accounts.wallet import hold, top_up
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

# In whatever is said and written of calls, and nowhere else.
SECRET = "narwhal"
OF_CALLER = "+442079460018"
MONTHS = "startDate=2000-01-01&endDate=2100-01-01"

# What is asked besides the plain path: by what finds the call, and as a question that counts it.
QUERIES: dict[str, list[str]] = {
    "/api/calls/history": [
        f"include=aiTranscript&q={SECRET}",
        "status=completed&direction=inbound",
        "fromNumber=%2B442079460018",
        "tag={tag}",
        "contactId={contact}",
        "userId={owner}",
        f"{MONTHS}&offset=0",
    ],
    "/api/calls/statistics": ["", MONTHS],
    "/api/calls/analytics": [
        *(f"metric=count&groupBy={group}" for group in ("user", "number", "agent", "day", "hour", "tag", "status")),
        f"metric=count&metric=talkTime&metric=p50Duration&metric=cost&{MONTHS}",
        "metric=count&metric=averageScore&groupBy=agent",
        "metric=count&groupBy=agent&timezone=Asia/Tokyo",
    ],
    "/api/calls/search": [f"q={SECRET}", f"q={SECRET}&role=user", f"q=%22{SECRET}%20ahead%22"],
    "/api/contact-notes": ["contactId={contact}", "callId={call}", "mentioned=me"],
    "/api/calls/scheduled": ["", "contactId={contact}", "agentId={prompt}", "status=scheduled"],
}
# Reads for administrators alone, who see all calls.
OF_ADMINISTRATORS = {
    "/api/api-keys",
    "/api/audit",
    "/api/access",
    "/api/calls/{call}/access",
    "/api/calls/decisions",
    "/api/legal-holds",
    "/api/organizations/retention",
    "/api/privacy/redactions",
    "/api/privacy/redactions/{redaction}",
    "/api/privacy/requests",
    "/api/privacy/requests/{request}",
    "/api/privacy/requests/{request}/certificate",
}
# Those whose every answer tells of the call to who sees it.
TELLS = {"/api/calls/history", "/api/calls/search", "/api/calls/scheduled", "/api/calls/{call}"}
# Reads of what is no call: agents, words and lists of the organization, all of which everybody has.
NOT_OF_CALLS = {
    "/api/prompts/user",
    "/api/prompts/{prompt}",
    "/api/prompts/{prompt}/versions",
    "/api/prompts/{prompt}/versions/{version}",
    "/api/tags",
    "/api/dispositions",
    "/api/scorecards",
    "/api/scorecards/{scorecard}",
    "/api/reminders",
    "/api/user/profile",
    "/api/user/api-key",
    "/api/auth/verify-token",
    "/api/auth/sessions",
    "/api/auth/oidc",
    "/api/auth/two-factor",
    "/api/calls/providers",
    "/api/calls/providers/config",
    "/api/calls/token/sinch",
    "/api/calls/token/twilio",
    "/api/calls/voice-ai/config",
    "/api/calls/voice-ai/tools",
    # By key, of the pushes of its own user.
    "/api/calls/ingest/refused",
    "/api/schema",
    "/api/docs",
}


@dataclass(frozen=True)
class Office:
    """An organization that narrows its roles, and a call of one of its users with all that there may be of a call."""

    home: Organization
    owner: User
    call: Call
    ids: dict[str, str]

    @property
    def traces(self) -> list[str]:
        """What an answer has that tells of the call."""
        return [SECRET, self.call.pk, OF_CALLER.removeprefix("+")]


@pytest.fixture
def home(db: None) -> Organization:
    return make_organization(narrows_roles=True)


def user_of(home: Organization, role: AccessRole = AccessRole.SALES_REP, **fields: Any) -> User:
    return make_user(organization=home, access_role=role, **fields)


def _call_of(owner: User, **fields: Any) -> tuple[Call, dict[str, str]]:
    """A call with everything."""
    home = owner.organization
    assert home is not None
    contact = make_contact(home, first_name="Ada")
    conversation = make_conversation(contact)
    prompt = make_prompt(home)
    call = make_call(
        owner,
        contact=contact,
        conversation=conversation,
        ai_agent=prompt,
        direction="inbound",
        from_number=OF_CALLER,
        to_number="+442079460019",
        provider_phone_number="+442079460019",
        ai_summary=f"{SECRET} ahead",
        ai_transcript=[{"role": "user", "message": f"{SECRET} ahead"}],
        **fields,
    )
    tag = make_tag(home, "A tag")
    put_on(call, tag)
    recording = add_recording(call)
    scorecard = make_scorecard(owner, "A scorecard")
    make_score(owner, call, scorecard, comment=SECRET)
    make_message(conversation, call_id=call.pk, content=SECRET)
    Conversation.objects.filter(pk=conversation.pk).update(latest_message=SECRET, message_count=1)
    note = ContactNote.objects.create(
        organization=home, contact=contact, user=owner, note=SECRET, call_id=call.pk, type="manual"
    )
    ids = {
        "call": call.pk,
        "contact": contact.pk,
        "conversation": conversation.pk,
        "prompt": prompt.pk,
        "recording": recording.pk,
        "tag": tag.pk,
        "owner": owner.pk,
        "scorecard": scorecard.pk,
        "note": note.pk,
        "scheduled": make_scheduled(owner, contact=contact, agent=prompt, call_reason=SECRET).pk,
    }
    keep_words(call)
    return call, ids


@pytest.fixture
def office(home: Organization) -> Office:
    owner = user_of(home, AccessRole.SUPERADMIN)
    call, ids = _call_of(owner)
    return Office(home, owner, call, ids)


def read(client: ApiClient, path: str, query: str = "") -> Answer:
    return client.request("GET", path, QUERY_STRING=query)


def _get_routes(patterns: Any, prefix: str = "/") -> Iterator[str]:
    """Every route that is read with GET, with the names of ids as in `ids`."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _get_routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            actions = getattr(pattern.callback, "actions", None) or {"get": ""}
            if "get" in actions:
                yield re.sub(r"<(?:objectid|str):(\w+?)(?:_id)?>", r"{\1}", route)


ROUTES = [
    route
    for route in _get_routes(get_resolver().url_patterns)
    if route.startswith("/api/") and not route.startswith(("/api/v1", "/api/webhook"))
]
READS = sorted(set(ROUTES) - NOT_OF_CALLS)


def test_what_is_left_out_of_the_walk_is_there() -> None:
    assert set(ROUTES) >= NOT_OF_CALLS


def test_no_read_shows_a_call_to_who_may_not_see_it(office: Office) -> None:
    stranger = logged_in(user_of(office.home, AccessRole.DEPARTMENT_HEAD, department="Another"))
    export = made(office.owner).pk
    ids = {**office.ids, "export": export, "request": new_object_id(), "redaction": new_object_id()}
    asked = [(route, query) for route in READS for query in QUERIES.get(route, [""])]

    told = [(route, query, _told(stranger, route, query, ids, office)) for route, query in asked]

    assert [each for each in told if each[2] is not None] == []


def _told(client: ApiClient, route: str, query: str, ids: dict[str, str], office: Office) -> Any:
    """What an answer tells who may not see the call; None where it is nothing."""
    answer = read(client, route.format(**ids), query.format(**ids))
    if route in OF_ADMINISTRATORS:
        return None if answer.status == 403 else answer
    if "{" in route:
        unknown = read(client, route.format(**{name: new_object_id() for name in ids}), query.format(**ids))
        return None if (answer.status, answer.content) == (404, unknown.content) else (answer, unknown)
    if answer.status != 200:
        return answer
    return [trace for trace in office.traces if trace in answer.content.decode()] or None


def test_who_sees_all_calls_sees_it_everywhere(office: Office) -> None:
    boss = logged_in(user_of(office.home, AccessRole.ADMIN))
    ids = {**office.ids, "export": made(office.owner).pk}
    answers = {
        (route, query): read(boss, route.format(**ids), query.format(**ids))
        for route in READS
        if route not in OF_ADMINISTRATORS
        for query in QUERIES.get(route, [""])
    }

    assert {asked: answer for asked, answer in answers.items() if answer.status != 200} == {}
    silent = {
        asked: answer
        for asked, answer in answers.items()
        if asked[0] in TELLS and not any(trace in answer.content.decode() for trace in office.traces)
    }
    assert silent == {}
    assert {route for route, _ in answers} >= TELLS


def test_what_is_counted_is_the_same_with_and_without_calls_of_others(home: Organization) -> None:
    rep = user_of(home)
    own = make_call(rep)
    tag = make_tag(home, "A tag of theirs")
    ids = {"tag": tag.pk, "owner": rep.pk, "contact": tag.pk, "prompt": tag.pk}
    counts = [(route, query) for route in ("/api/calls/statistics", "/api/calls/analytics") for query in QUERIES[route]]

    def counted() -> dict[tuple[str, str], Any]:
        answers = {asked: read(logged_in(rep), asked[0], asked[1].format(**ids)) for asked in counts}
        assert {asked: answer for asked, answer in answers.items() if answer.status != 200} == {}
        return {asked: {**answer.body, "freshness": None} for asked, answer in answers.items()}

    before = counted()

    _call_of(user_of(home, AccessRole.SUPERADMIN), status=own.status)

    assert counted() == before


def test_a_sales_rep_sees_own_calls_and_those_of_own_numbers(home: Organization) -> None:
    rep, colleague = user_of(home), user_of(home)
    number = make_phone_number(home, user=rep).phone_number
    own = make_call(rep)
    of_number = make_call(colleague, provider_phone_number=number, from_number=number)
    unowned = make_call(colleague, user=None, provider_phone_number=number, to_number=number, direction="inbound")
    make_call(colleague)
    make_call(colleague, user=None)

    assert seen_by(rep) == {own.pk, of_number.pk, unowned.pk}
    assert total_of(rep) == 3
    assert counted_for(rep) == 3


def test_a_call_on_an_own_number_is_seen_however_its_provider_spells_that(home: Organization) -> None:
    rep, colleague = user_of(home), user_of(home)
    number = make_phone_number(home, user=rep, phone_number="+525512345678").phone_number
    call = make_call(colleague, provider_phone_number="+5215512345678", direction="inbound")

    assert seen_by(rep) == {call.pk}
    sight = sight_of(rep)
    assert sight is not None
    assert sight.includes(user_id=None, number=number)
    assert sight.includes(user_id=None, number=call.provider_phone_number)


def test_a_department_head_sees_the_departments_calls(home: Organization) -> None:
    head = user_of(home, AccessRole.DEPARTMENT_HEAD, department="Sales")
    rep, other = user_of(home, department="sales"), user_of(home, department="Support")
    number = make_phone_number(home, user=rep).phone_number
    seen = [make_call(head), make_call(rep), make_call(other, user=None, provider_phone_number=number)]
    make_call(other)
    make_call(user_of(home))

    assert seen_by(head) == {call.pk for call in seen}
    assert counted_for(head) == 3


def test_a_department_head_without_a_department_sees_own_calls(home: Organization) -> None:
    head = user_of(home, AccessRole.DEPARTMENT_HEAD)
    own = make_call(head)
    make_call(user_of(home))

    assert seen_by(head) == {own.pk}


def test_a_department_of_another_organization_is_another_one(home: Organization) -> None:
    head = user_of(home, AccessRole.DEPARTMENT_HEAD, department="Sales")
    stranger = make_user(department="Sales")
    make_call(stranger)

    assert seen_by(head) == set()
    sight = sight_of(head)
    assert sight is not None
    assert sight.user_ids == (head.pk,)


def test_a_number_that_has_stayed_with_another_organization_shows_nothing(home: Organization) -> None:
    rep = user_of(home)
    number = make_phone_number(make_organization(), user=rep).phone_number
    make_call(user_of(home), provider_phone_number=number)

    assert seen_by(rep) == set()


@pytest.mark.parametrize("role", [AccessRole.ADMIN, AccessRole.SUPERADMIN])
def test_administrators_see_all(role: AccessRole, home: Organization) -> None:
    call = make_call(user_of(home))

    assert seen_by(user_of(home, role)) == {call.pk}


@pytest.mark.parametrize("role", list(AccessRole))
def test_without_the_setting_everybody_sees_all(role: AccessRole) -> None:
    home = make_organization()
    call = make_call(user_of(home))

    assert seen_by(user_of(home, role)) == {call.pk}


@pytest.mark.parametrize(
    "route", ["/api/calls/history", "/api/calls/statistics", "/api/calls/{call}", "/api/calls/live"]
)
def test_the_setting_costs_nobody_a_statement_but_whom_it_narrows(route: str, office: Office) -> None:
    path = route.format(**office.ids)
    boss = logged_in(user_of(office.home, AccessRole.ADMIN))
    narrowed = statements(lambda: read(boss, path))
    rep = logged_in(office.owner)
    Organization.objects.filter(pk=office.home.pk).update(narrows_roles=False)

    assert statements(lambda: read(rep, path)) == narrowed

    User.objects.filter(pk=office.owner.pk).update(access_role=AccessRole.SALES_REP)
    assert statements(lambda: read(rep, path)) == narrowed
    Organization.objects.filter(pk=office.home.pk).update(narrows_roles=True)
    assert statements(lambda: read(rep, path)) == narrowed + 1


def statements(what: Callable[[], Answer]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert what().status == 200
    return len(captured)


def seen_by(user: User) -> set[str]:
    return {call["_id"] for call in read(logged_in(user), "/api/calls/history").body["calls"]}


def total_of(user: User) -> int:
    total: int = read(logged_in(user), "/api/calls/history").body["total"]
    return total


def counted_for(user: User) -> int:
    totals = read(logged_in(user), "/api/calls/analytics", "metric=count").body["totals"]
    count: int = totals["count"]
    return count


# ---- Contacts -------------------------------------------------------------------------------------------------------


def contacts_seen_by(user: User, **query: str) -> set[str]:
    asked = "&".join(f"{name}={value}" for name, value in {"size": "100", **query}.items())
    page = read(logged_in(user), "/api/contacts", asked).body
    found = {each["_id"] for each in page["data"]}
    assert page["total"] == len(found)
    return found


def test_a_contact_is_seen_by_who_sees_a_call_with_it_or_has_made_it(home: Organization) -> None:
    rep, colleague = user_of(home, department="Sales"), user_of(home)
    number = make_phone_number(home, user=rep).phone_number
    called, of_number, theirs, written_to, made_by_hand = (make_contact(home) for _ in range(5))
    for contact, fields in (
        (called, {}),
        (of_number, {"user": None, "provider_phone_number": number}),
        (theirs, {"user": colleague}),
        (written_to, {"user": colleague}),
        (made_by_hand, {"user": colleague}),
    ):
        make_call(rep, contact=contact, **fields)
    make_call(colleague, contact=called)
    make_conversation(written_to, user=rep)
    Contact.objects.filter(pk=made_by_hand.pk).update(user=rep)

    seen = {each.pk for each in (called, of_number, written_to, made_by_hand)}
    assert contacts_seen_by(rep) == seen
    head = user_of(home, AccessRole.DEPARTMENT_HEAD, department="Sales")
    assert contacts_seen_by(head) == seen
    assert contacts_seen_by(user_of(home, AccessRole.ADMIN)) == seen | {theirs.pk}
    Organization.objects.filter(pk=home.pk).update(narrows_roles=False)
    assert contacts_seen_by(User.objects.get(pk=rep.pk)) == seen | {theirs.pk}


def test_whom_nobody_has_called_yet_everybody_may_call(home: Organization) -> None:
    lead = make_contact(home)
    rep, colleague = user_of(home), user_of(home)
    assert contacts_seen_by(rep) == contacts_seen_by(colleague) == {lead.pk}
    make_call(rep, contact=lead)
    assert (contacts_seen_by(rep), contacts_seen_by(colleague)) == ({lead.pk}, set())


OF_CONTACTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/api/contacts/{contact}", {}),
    ("DELETE", "/api/contacts/{contact}", {}),
    ("PUT", "/api/contact", {"_id": "{contact}", "firstName": "Mallory"}),
    ("POST", "/api/contact-notes", {"contactId": "{contact}", "note": "Mallory"}),
    ("POST", "/api/conversation/all", {"contactId": "{contact}"}),
    ("POST", "/api/messages/send", {"contactId": "{contact}", "content": "Mallory"}),
    ("POST", "/api/reminders", {"contactId": "{contact}", "note": "Mallory", "reminderDate": "2027-12-02T15:00:00Z"}),
    ("POST", "/api/calls/sdk/initiate", {"contactId": "{contact}"}),
    ("POST", "/api/calls/ai/outbound", {"contactId": "{contact}", "callReason": "Mallory"}),
]


def test_a_contact_that_is_not_seen_is_none(office: Office) -> None:
    stranger, owner = (logged_in(user) for user in (user_of(office.home, AccessRole.DEPARTMENT_HEAD), office.owner))
    before, found = everything(), list[tuple[Any, ...]]()

    for asked in OF_CONTACTS:
        # What one changes is not there for the next.
        with undone():
            theirs, unknown = (_ask(stranger, *asked, contact) for contact in (office.ids["contact"], new_object_id()))
            if (theirs.status, theirs.content) != (unknown.status, unknown.content) or theirs.status not in (400, 404):
                found.append((asked, theirs, unknown))
            if everything() != before:
                found.append((asked, "changes something"))
            if _ask(owner, *asked, office.ids["contact"]).content == unknown.content:
                found.append((asked, "is none to its owner"))
    assert found == []


def _ask(client: ApiClient, method: str, path: str, body: dict[str, Any], contact: str) -> Answer:
    filled = {name: value.format(contact=contact) for name, value in body.items()}
    if method in ("GET", "DELETE"):
        return client.request(method, path.format(contact=contact))
    return (client.put if method == "PUT" else client.post)(path, filled)


@pytest.mark.parametrize("of_others", ["a call", "a conversation"])
def test_a_contact_with_whom_others_have_spoken_is_not_deleted(home: Organization, of_others: str) -> None:
    """What they wrote would go with it, and nobody would have seen that it went."""
    contact, rep, colleague = make_contact(home), user_of(home), user_of(home)
    make_call(rep, contact=contact)
    make_message(make_conversation(contact, user=rep, channel_identifier="+14165550101"))
    if of_others == "a call":
        make_call(colleague, contact=contact)
    else:
        make_message(make_conversation(contact, user=colleague, channel_identifier="+14165550102"), content=SECRET)
    before = everything()

    refused = logged_in(rep).delete(f"/api/contacts/{contact.pk}")

    assert (refused.status, refused.body["code"]) == (403, "FORBIDDEN")
    assert everything() == before
    assert logged_in(user_of(home, AccessRole.ADMIN)).delete(f"/api/contacts/{contact.pk}").status == 200


def test_nor_is_it_where_a_call_with_it_is_discarded(home: Organization) -> None:
    """As one whom the dialpad has made, and who has written to a colleague."""
    rep, colleague = user_of(home), user_of(home)
    for other in (rep, colleague):
        contact = make_contact(home, first_name="New", last_name="Contact", source="Outgoing Call")
        make_message(make_conversation(contact, user=other, channel_identifier="+14165550102"), content=SECRET)
        call = ringing_call(rep, contact=contact)

        answer = logged_in(rep).post(f"/api/calls/{call.pk}/discard", {"deleteContact": True})

        assert answer.body["message"] == "Call discarded"
        assert not Call.objects.filter(pk=call.pk).exists()
        assert Contact.objects.filter(pk=contact.pk).exists() is (other == colleague)
    assert Message.objects.get().content == SECRET


def test_a_contact_with_whom_nobody_else_has_spoken_is(home: Organization) -> None:
    contact, rep = make_contact(home), user_of(home)
    call = make_call(rep, contact=contact)
    make_message(make_conversation(contact, user=rep), call_id=call.pk)

    assert logged_in(rep).delete(f"/api/contacts/{contact.pk}").status == 200


def test_a_contact_that_is_not_seen_is_not_looked_up_by_its_number(office: Office) -> None:
    number = Contact.objects.get(pk=office.ids["contact"]).phone_number
    rep, boss = user_of(office.home), user_of(office.home, AccessRole.ADMIN)
    asked = {"phoneNumber": number}
    assert logged_in(rep).post("/api/contacts/phoneNumber", asked).status == 404
    assert logged_in(boss).post("/api/contacts/phoneNumber", asked).status == 200
    make_call(rep, contact_id=office.ids["contact"])
    assert logged_in(rep).post("/api/contacts/phoneNumber", asked).status == 200


def test_notes_of_a_contact_that_is_not_seen_are_not_listed(office: Office) -> None:
    contact, rep = office.ids["contact"], user_of(office.home)
    create_note(user=office.owner, organization_id=office.home.pk, contact_id=contact, note="Of no call.")

    def noted(user: User, contact_id: str) -> Any:
        return read(logged_in(user), "/api/contact-notes", f"contactId={contact_id}").body

    assert noted(rep, contact) == noted(rep, new_object_id())
    assert "Of no call." in {note["note"] for note in noted(office.owner, contact)["data"]}
    make_call(rep, contact_id=contact)
    assert "Of no call." in {note["note"] for note in noted(rep, contact)["data"]}


def test_an_export_of_contacts_has_those_that_its_asker_sees(office: Office) -> None:
    head = user_of(office.home, AccessRole.DEPARTMENT_HEAD)
    lead = make_contact(office.home)

    assert {line["contactId"] for line in objects_in(made(head, kind="contacts"))} == {lead.pk}
    everybody = {line["contactId"] for line in objects_in(made(office.owner, kind="contacts"))}
    assert everybody == {lead.pk, office.ids["contact"]}


def test_the_admin_shows_contacts_and_keys_as_the_api_does(office: Office) -> None:
    rep = user_of(office.home, is_staff=True)
    contact = Contact.objects.get(pk=office.ids["contact"])
    own, others = make_key(rep, "can_ingest_calls"), make_key(office.owner, "can_read_calls")
    for client, sees in ((admin_of(rep), False), (staff_of(office.home, AccessRole.ADMIN), True)):
        shown = client.get(list_of(Contact), {"q": contact.phone_number})
        assert (contact.pk in shown.content.decode()) is sees
        assert (client.get(page_at(Contact, contact.pk)).status_code == 200) is sees
        keys = client.get(list_of(ApiKey)).content.decode()
        assert (own.pk in keys, others.pk in keys) == (True, sees)
    Organization.objects.filter(pk=office.home.pk).update(narrows_roles=False)
    assert others.pk in admin_of(User.objects.get(pk=rep.pk)).get(list_of(ApiKey)).content.decode()


def test_a_consent_that_was_given_in_a_call_is_seen_with_the_call(office: Office) -> None:
    for name, call_id in (("+14165550143", office.call.pk), ("+14165550144", None)):
        given = Given(basis=ConsentBasis.EXPRESS, obtained_at=timezone.now(), evidence=SECRET if call_id else "")
        add_consent(
            organization_id=office.home.pk,
            sight=None,
            phone_number=name,
            purpose=CallPurpose.SERVICE,
            given=given,
            source=ConsentSource.CALL,
            call_id=call_id,
        )
    rep = logged_in(user_of(office.home))

    shown = read(rep, "/api/consents").body

    assert ([each["phoneNumber"] for each in shown["consents"]], shown["total"]) == (["+14165550144"], 1)
    assert read(logged_in(office.owner), "/api/consents").body["total"] == 2
    consent = Consent.objects.get(call_id=office.call.pk)
    theirs, unknown = (rep.delete(f"/api/consents/{each}") for each in (consent.pk, new_object_id()))
    assert (theirs.status, theirs.content) == (404, unknown.content)
    consent.refresh_from_db()
    assert consent.revoked_at is None


def given_in(call: Call, home: Organization) -> Consent:
    """A consent that the customer gave in the call."""
    consent, _ = add_consent(
        organization_id=home.pk,
        sight=None,
        phone_number="+14165550143",
        purpose=CallPurpose.SERVICE,
        given=Given(basis=ConsentBasis.EXPRESS, obtained_at=WHEN_GIVEN, evidence=SECRET),
        source=ConsentSource.CALL,
        call_id=call.pk,
    )
    return consent


WHEN_GIVEN = datetime(2026, 5, 1, 15, tzinfo=UTC)
TOLD = {"basis": "express", "purpose": "service", "obtainedAt": "2026-05-01T15:00:00Z", "evidence": "Form 4711"}


@pytest.mark.parametrize("role", [AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD])
def test_who_tells_of_a_consent_does_not_learn_that_it_was_given_in_a_call_that_is_not_seen(
    role: AccessRole, office: Office
) -> None:
    hidden = given_in(office.call, office.home)
    rep = logged_in(user_of(office.home, role))

    def told(number: str) -> tuple[int, dict[str, Any]]:
        answer = rep.post("/api/consents", {"phoneNumber": number, **TOLD})
        different = ("_id", "createdAt", "phoneNumber")
        return answer.status, {name: value for name, value in answer.body["consent"].items() if name not in different}

    for _ in ("new", "known"):
        # Of a number of which nothing was known, it is the same.
        assert told(hidden.phone_number) == told("+14165550144")
    assert told(hidden.phone_number)[0] == 200
    assert {each["phoneNumber"] for each in read(rep, "/api/consents").body["consents"]} == {
        hidden.phone_number,
        "+14165550144",
    }
    assert Consent.objects.get(pk=hidden.pk).evidence == SECRET
    assert read(logged_in(office.owner), "/api/consents").body["total"] == 3


def test_a_file_of_consents_does_not_tell_either(office: Office) -> None:
    hidden = given_in(office.call, office.home)
    head = logged_in(user_of(office.home, AccessRole.DEPARTMENT_HEAD))

    def sent(number: str, revoked_at: str = "") -> dict[str, Any]:
        columns = "phone_number,basis,purpose,obtained_at,revoked_at,evidence"
        lines = f"{columns}\n{number},express,service,2026-05-01T15:00:00Z,{revoked_at},Form 4711\n"
        answer = head.post("/api/consents/import", lines.encode(), content_type="text/csv")
        assert answer.status == 200, answer
        body: dict[str, Any] = answer.body
        return body

    for revoked_at in ("", "", "2026-06-01", "2026-06-01"):
        assert sent(hidden.phone_number, revoked_at) == sent("+14165550144", revoked_at)
    assert sent("+14165550145") == sent("+14165550146")
    # Whoever hears a person's no has it hold for all.
    hidden.refresh_from_db()
    assert (hidden.revoked_at, hidden.evidence) == (datetime(2026, 6, 1, tzinfo=UTC), SECRET)


def test_revoking_those_of_a_number_counts_those_that_are_seen(office: Office) -> None:
    hidden = given_in(office.call, office.home)
    rep = logged_in(user_of(office.home))

    assert rep.delete("/api/consents?phoneNumber=%2B14165550143").body["revoked"] == 0
    hidden.refresh_from_db()
    assert hidden.revoked_at is not None
    assert rep.post("/api/consents", {"phoneNumber": hidden.phone_number, **TOLD}).status == 201
    assert rep.delete("/api/consents?phoneNumber=%2B14165550143").body["revoked"] == 1


@pytest.mark.parametrize("role", [AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD])
def test_keys_of_the_organization_are_listed_to_administrators_alone(role: AccessRole, office: Office) -> None:
    make_key(office.owner, "can_read_calls")
    assert read(logged_in(user_of(office.home, role)), "/api/api-keys").status == 403


# ---- What is done to a call ------------------------------------------------------------------------------------------

WRITES: list[tuple[str, str, Any]] = [
    ("PATCH", "/api/calls/{call}", {"isStarred": True}),
    ("POST", "/api/calls/{call}/terminate", {}),
    ("POST", "/api/calls/{call}/recording/pause", {}),
    ("POST", "/api/calls/{call}/recording/resume", {}),
    ("PUT", "/api/calls/{call}/opt-out", None),
    ("DELETE", "/api/calls/{call}/opt-out", None),
    ("DELETE", "/api/calls/{call}/scores", None),
    ("POST", "/api/contact-notes", {"contactId": "{contact}", "callId": "{call}", "note": "Mallory"}),
    ("PATCH", "/api/contact-notes/{note}", {"note": "Mallory"}),
    ("DELETE", "/api/contact-notes/{note}", None),
    ("PUT", "/api/conversation/{conversation}/resolve", {"isResolved": True}),
    ("PATCH", "/api/calls/scheduled/{scheduled}", {"notBefore": "2030-12-02T15:00:00Z"}),
    ("DELETE", "/api/calls/scheduled/{scheduled}", None),
]


def test_nothing_is_done_to_a_call_that_is_not_seen(office: Office) -> None:
    stranger = logged_in(user_of(office.home, AccessRole.DEPARTMENT_HEAD))
    before, found = everything(), list[tuple[Any, ...]]()
    for method, path, body in WRITES:
        theirs = send(stranger, method, path, body, office.ids)
        unknown = {**office.ids, **{name: new_object_id() for name in re.findall(r"{(\w+)}", path)}}
        if method == "POST" and "callId" in str(body):
            unknown["call"] = new_object_id()
        nobodys = send(stranger, method, path, body, unknown)
        if theirs.status != 404 or theirs.content != nobodys.content:
            found.append((method, path, theirs, nobodys))
        if everything() != before:
            found.append((method, path, "changes something"))
    assert found == []


def test_a_call_that_is_not_seen_cannot_be_answered_declined_or_thrown_away(office: Office) -> None:
    Call.objects.filter(pk=office.call.pk).update(status="ringing", provider="twilio", duration=None)
    before = everything()
    rep = logged_in(user_of(office.home))

    answered = rep.post("/api/calls/sdk/answer", {"callId": office.call.pk})
    declined = rep.post("/api/calls/sdk/reject", {"callId": office.call.pk})
    discarded = rep.post(f"/api/calls/{office.call.pk}/discard", {})

    for answer in (answered, declined):
        assert (answer.status, "call" in answer.body) == (200, False)
    # As for a call that is not there.
    assert discarded.content == rep.post(f"/api/calls/{new_object_id()}/discard", {}).content
    assert everything() == before


def test_the_conversations_of_a_contact_are_those_that_are_seen(office: Office) -> None:
    rep = user_of(office.home)
    conversation = Conversation.objects.get(pk=office.ids["conversation"])
    asked = {"contactId": office.ids["contact"]}

    hidden = logged_in(rep).post("/api/conversation/all", asked).body
    mine = make_call(rep, contact_id=office.ids["contact"], conversation=conversation)
    make_message(conversation, call_id=mine.pk, content="My own summary")
    Conversation.objects.filter(pk=conversation.pk).update(latest_message=SECRET, message_count=2)
    shown = logged_in(rep).post("/api/conversation/all", asked).body

    assert hidden["code"] == "CONTACT_NOT_FOUND"
    (only,) = shown["conversations"]
    assert (only["latestMessage"], only["messageCount"]) == ("My own summary", 1)
    messages = read(logged_in(rep), f"/api/conversation/{conversation.pk}/messages").body
    assert ([each["content"] for each in messages["messages"]], messages["total"]) == (["My own summary"], 1)
    whole = read(logged_in(office.owner), f"/api/conversation/{conversation.pk}/messages").body
    assert whole["total"] == 2


def send(client: ApiClient, method: str, path: str, body: Any, ids: dict[str, str]) -> Answer:
    filled = {name: value.format(**ids) if isinstance(value, str) else value for name, value in (body or {}).items()}
    if method == "POST":
        return client.post(path.format(**ids), filled)
    if body is None:
        return client.request(method, path.format(**ids))
    return client.patch(path.format(**ids), filled) if method == "PATCH" else client.put(path.format(**ids), filled)


def everything() -> list[Any]:
    models: Any = (Call, CallTag, CallScore, ContactNote, Contact, Conversation, Message, ScheduledCall, Recording)
    return [list(model.objects.order_by("pk").values()) for model in models]


# ---- Exports ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [{}, {"with_transcript": True}])
def test_an_export_has_the_calls_that_its_asker_sees(asked: dict[str, Any], office: Office) -> None:
    head = user_of(office.home, AccessRole.DEPARTMENT_HEAD, department="Sales")
    own = make_call(user_of(office.home, department="Sales"))

    assert [line["callId"] for line in objects_in(made(head, **asked))] == [own.pk]
    assert {line["callId"] for line in objects_in(made(office.owner, **asked))} == {own.pk, office.call.pk}


def test_an_export_of_who_has_left_has_no_calls(office: Office) -> None:
    head = user_of(office.home, AccessRole.DEPARTMENT_HEAD)
    make_call(head)
    export = make_export(head)
    User.objects.filter(pk=head.pk).update(organization=make_organization())
    make_exports()

    export.refresh_from_db()
    assert (export.status, export.rows) == ("ready", 0)


def test_files_that_others_have_asked_for_are_not_shown(office: Office) -> None:
    head = user_of(office.home, AccessRole.DEPARTMENT_HEAD)
    made(office.owner)
    own = made(head)

    shown = read(logged_in(head), "/api/exports").body

    assert ([each["_id"] for each in shown["exports"]], shown["total"]) == ([own.pk], 1)


FILE_OF_LIST = "admin:contacts_donotcallnumber_export_list"


def test_why_a_number_is_not_called_is_told_with_the_call_in_which_it_was_said(office: Office) -> None:
    hidden = make_do_not_call(office.home, reason=SECRET, source="call", call_id=office.call.pk)
    shown = make_do_not_call(office.home, phone_number="+14165550144", reason="By mail")
    head = user_of(office.home, AccessRole.DEPARTMENT_HEAD, is_staff=True)
    boss = user_of(office.home, AccessRole.ADMIN, is_staff=True)

    for user, why in ((head, {"", "By mail"}), (boss, {SECRET, "By mail"})):
        lines = objects_in(made(user, kind="doNotCall"))
        assert {line.get("reason") or "" for line in lines} == why
        assert {line["phoneNumber"] for line in lines} == {hidden.phone_number, shown.phone_number}
        client = admin_of(user)
        for address in (list_of(DoNotCallNumber), page_at(DoNotCallNumber, hidden.pk), reverse(FILE_OF_LIST)):
            answer: Any = client.get(address)
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert hidden.phone_number.lstrip("+") in content.decode()
            told = [trace for trace in (SECRET, office.call.pk) if trace in content.decode()]
            assert bool(told) is (user is boss), (address, told)
        assert client.get(list_of(DoNotCallNumber), {"reason__startswith": SECRET[:3]}).status_code == 400


# ---- The admin ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shown(office: Office) -> Office:
    """The same, with what the admin has besides."""
    call, home = office.call, office.home
    event = make_event(call, data={"call": {"_id": call.pk, "aiSummary": SECRET}})
    webhook = make_webhook(home)
    make_webhook_message(webhook, call, event, body=f'{{"summary": "{SECRET}"}}')
    make_delivery(home, call=call, body=SECRET.encode(), provider_call_id=SECRET)
    queue = ListeningQueue.objects.create(organization=home, name="Quality")
    QueuedCall.objects.create(queue=queue, call=call, day=timezone.localdate(), position=1)
    top_up(organization_id=home.pk, amount=Decimal(10), note="Cheque", made_by=None)
    hold(organization_id=home.pk, call_id=call.pk, amount=Decimal("0.25"), rate=Decimal("0.25"))
    made(office.owner)
    return office


def staff_of(home: Organization, role: AccessRole, **fields: Any) -> Client:
    return admin_of(user_of(home, role, is_staff=True, **fields))


def _models() -> list[Any]:
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


def test_no_list_and_no_page_of_the_admin_shows_a_call_that_is_not_seen(shown: Office) -> None:
    client, told = staff_of(shown.home, AccessRole.DEPARTMENT_HEAD), list[tuple[str, Any]]()
    for model in _models():
        pages = [list_of(model)]
        pages += [page_at(model, row.pk) for row in model._default_manager.order_by("pk")[:20]]
        for page in pages:
            # What one page tells is for the next, and may name the row that was asked for.
            client.cookies.pop("messages", None)
            answer = client.get(page)
            if answer.status_code not in (200, 302, 403, 404):
                told.append((page, answer))
            elif found := [trace for trace in shown.traces if trace in answer.content.decode()]:
                told.append((page, found))
    assert told == []


def test_the_book_of_the_wallet_has_entries_of_calls_that_are_seen(shown: Office) -> None:
    page = page_at(Wallet, Wallet.objects.get().pk)
    for role, has in ((AccessRole.SALES_REP, False), (AccessRole.ADMIN, True)):
        text = staff_of(shown.home, role).get(page).content.decode()
        assert ("Cheque" in text, shown.call.pk in text) == (True, has)


@pytest.mark.parametrize("query", [{"q": SECRET}, {"q": OF_CALLER}, {"starred": "1"}, {"o": "-5"}])
def test_no_search_of_the_list_finds_it(query: dict[str, str], shown: Office) -> None:
    rep, boss = (staff_of(shown.home, role) for role in (AccessRole.SALES_REP, AccessRole.ADMIN))

    assert shown.call.pk not in rep.get(list_of(Call), query).content.decode()
    if "q" in query:
        assert shown.call.pk in boss.get(list_of(Call), query).content.decode()


@pytest.mark.parametrize("path", ["/admin/", "/admin/live/", "/admin/live/calls/", "/admin/live/calls/?box"])
def test_no_page_of_the_desk_shows_it(path: str, shown: Office) -> None:
    Call.objects.filter(pk=shown.call.pk).update(status=CallStatus.RINGING, start_time=timezone.now())
    rep, boss = (staff_of(shown.home, role) for role in (AccessRole.SALES_REP, AccessRole.ADMIN))

    answer = rep.get(path)

    assert answer.status_code == 200
    assert not [trace for trace in shown.traces if trace in answer.content.decode()]
    assert shown.call.pk in boss.get(path).content.decode()


def test_the_start_page_counts_the_calls_that_are_seen(shown: Office) -> None:
    Call.objects.filter(pk=shown.call.pk).update(start_time=timezone.now() - timedelta(seconds=1))
    rep, boss = (staff_of(shown.home, role) for role in (AccessRole.SALES_REP, AccessRole.ADMIN))

    def calls_today(client: Client) -> str:
        tiles = client.get("/admin/").context["start"]["tiles"]
        value: str = next(tile.value for tile in tiles if tile.name == "Calls")
        return value

    assert (calls_today(rep), calls_today(boss)) == ("0", "1")


@pytest.mark.parametrize("name", ["audio", "peaks", "download"])
def test_no_recording_is_played_that_is_not_seen(name: str, shown: Office) -> None:
    path = f"/admin/calls/call/{shown.call.pk}/recordings/{shown.ids['recording']}/{name}"
    head, boss = (staff_of(shown.home, role) for role in (AccessRole.DEPARTMENT_HEAD, AccessRole.ADMIN))

    assert head.get(path).status_code == 404
    assert boss.get(path).status_code in (200, 202, 204, 302)


@pytest.mark.parametrize("path", ["review/", "heard/", "score/", "notes/"])
def test_nothing_is_done_in_the_admin_to_a_call_that_is_not_seen(path: str, shown: Office) -> None:
    before = everything()

    answer = staff_of(shown.home, AccessRole.DEPARTMENT_HEAD).post(
        f"/admin/calls/call/{shown.call.pk}/{path}", {"star": "1", "note": "Mallory", "delete": "1"}
    )

    assert answer.status_code in (302, 404)
    assert everything() == before


def test_a_listening_queue_gives_nobody_a_call_that_is_not_seen(shown: Office) -> None:
    queue = ListeningQueue.objects.get()
    asked = {"organization_id": shown.home.pk, "queue_id": queue.pk}

    assert next_call(user=user_of(shown.home, AccessRole.DEPARTMENT_HEAD), **asked) is None
    queued = next_call(user=user_of(shown.home, AccessRole.ADMIN), **asked)
    assert queued is not None
    assert queued.call_id == shown.call.pk


def test_a_mention_in_a_note_of_a_call_that_is_not_seen_is_not_shown(shown: Office) -> None:
    rep = user_of(shown.home, is_staff=True)
    NoteMention.objects.create(note_id=shown.ids["note"], user=rep)

    assert SECRET not in admin_of(rep).get(list_of(NoteMention)).content.decode()


def test_live_turns_of_a_call_that_is_not_seen_are_not_read(office: Office) -> None:
    Call.objects.filter(pk=office.call.pk).update(status=CallStatus.IN_PROGRESS)
    live = LiveCall.objects.create(organization=office.home, call=office.call, turn_count=1)
    LiveTurn.objects.create(organization=office.home, live=live, place=0, sequence=1, role="user", message=SECRET)

    assert read(logged_in(user_of(office.home)), f"/api/calls/{office.call.pk}/live").status == 404
    assert SECRET in read(logged_in(office.owner), f"/api/calls/{office.call.pk}/live").content.decode()


def test_an_export_of_the_admin_shows_only_own_files_to_who_is_narrowed(shown: Office) -> None:
    head = user_of(shown.home, AccessRole.DEPARTMENT_HEAD, is_staff=True)
    theirs = Export.objects.get()

    answer = admin_of(head).get(f"/admin/calls/export/{theirs.pk}/download/")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
