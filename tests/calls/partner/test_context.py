"""Context variables under /api/v1: defined, set, and told to agents at the ringing of calls and with every dial."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from calls.demo.simulator import Simulator
from calls.models import LegalHold
from contacts.models import Contact, ContextValue, ContextVariable
from contacts.services import context
from tests.calls.api.ai.outbound import Office, customer
from tests.calls.partner.dialling import assert_placed, dial, told_to_the_provider
from tests.calls.partner.partners import CONTACTS, assert_error, partner_of
from tests.calls.webhooks import elevenlabs_office
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, make_call, make_contact, make_reminder
from tests.statements import statements_made
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db

VARIABLES = "/api/v1/context-variables"
BUSINESS = "/api/v1/business/context"
CALLER, OURS = "+14165550171", "+14165550100"


def define(partner: ApiClient, name: str, **fields: Any) -> dict[str, Any]:
    body = {"name": name, "display_name": name, "variable_type": "text", "context_type": "contact", **fields}
    answer = partner.post(VARIABLES, body)
    assert answer.status == 201, answer
    assert_is("PartnerContextVariableResponse", answer.body)
    made: dict[str, Any] = answer.body
    return made


def context_path(contact: Contact | str) -> str:
    return f"{CONTACTS}/{contact if isinstance(contact, str) else contact.pk}/context"


def put(partner: ApiClient, where: Contact | str, /, auto_create_variables: bool = True, **values: Any) -> None:
    """Set values of a contact, or at an address."""
    path = where if isinstance(where, str) else context_path(where)
    answer = partner.post(path, {"variables": values, "auto_create_variables": auto_create_variables})
    assert answer.status == 200, answer


def told_at_ringing(caller: str | None = CALLER) -> dict[str, Any]:
    answer = elevenlabs_office.ask({"caller_id": caller, "called_number": OURS, "agent_id": "agent_1"})
    assert answer.status == 200, answer
    variables: dict[str, Any] = answer.body["dynamic_variables"]
    return variables


# ---- Definitions -----------------------------------------------------------------------------------------------------


def test_what_is_defined_is_listed_changed_and_deleted(partner: ApiClient) -> None:
    made = define(partner, "membership_level", variable_type="select", select_options=["Bronze", "Gold"])
    define(partner, "support_hours", context_type="business")

    listed = partner.get(VARIABLES)
    assert_is("PartnerContextVariables", listed.body)
    assert (listed.body["count"], [each["name"] for each in listed.body["variables"]]) == (
        2,
        ["membership_level", "support_hours"],
    )
    [business] = partner.get(VARIABLES, context_type="business").body["variables"]
    assert (business["name"], business["select_options"], business["is_default"]) == ("support_hours", None, False)

    changed = partner.patch(f"{VARIABLES}/{made['id']}", {"display_name": "Level", "select_options": ["Silver"]})
    assert (changed.status, changed.body["display_name"], changed.body["select_options"]) == (200, "Level", ["Silver"])
    assert changed.body["name"] == "membership_level"

    assert partner.delete(f"{VARIABLES}/{made['id']}").status == 200
    assert_error(partner.delete(f"{VARIABLES}/{made['id']}"), 404, "not_found")
    assert partner.get(VARIABLES).body["count"] == 1


def test_a_name_is_defined_once_for_each_type(partner: ApiClient) -> None:
    define(partner, "level")
    define(partner, "level", context_type="business")
    body = {"name": "level", "display_name": "x", "variable_type": "text", "context_type": "contact"}
    assert_error(partner.post(VARIABLES, body), 400, "duplicate_variable")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "has space"},
        {"name": "1st"},
        {"name": "system__time"},
        {"name": "secret__key"},
        {"name": "caller_name"},
        {"name": "contact_name"},
        {"name": "last_summary"},
        {"name": "x" * 101},
        {"name": ""},
        {"display_name": ""},
        {"variable_type": "object"},
        {"context_type": "agent"},
        {"variable_type": "select"},
        {"select_options": ["a"]},
        {"variable_type": "select", "select_options": ["a"] * 101},
    ],
)
def test_what_is_wrong_with_a_definition_is_refused(fields: dict[str, Any], partner: ApiClient) -> None:
    body = {"name": "level", "display_name": "x", "variable_type": "text", "context_type": "contact", **fields}
    assert_error(partner.post(VARIABLES, body), 400, "invalid_request")
    assert not ContextVariable.objects.exists()


def test_there_are_so_many(partner: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "MOST_VARIABLES", 1)
    define(partner, "a")
    body = {"name": "b", "display_name": "x", "variable_type": "text", "context_type": "contact"}
    assert_error(partner.post(VARIABLES, body), 409, "too_many_variables")
    define(partner, "b", context_type="business")


# ---- Values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("text", ["", "Premium", "{{other}}"], [1, True, "x" * 1_001, ["a"], {"a": 1}]),
        ("number", [0, -1.5, 250.5], ["1", True, 2**53, [1]]),
        ("date", ["2023-12-01"], ["2023-13-01", "1.12.2023", "20231201", 20231201]),
        ("boolean", [True, False], ["true", 0, 1]),
        ("select", ["Gold"], ["Iron", "", 1]),
    ],
)
def test_a_value_is_of_its_variables_kind(
    kind: str, right: list[Any], wrong: list[Any], partner: ApiClient, home: Organization
) -> None:
    contact = make_contact(home)
    define(partner, "level", variable_type=kind, **({"select_options": ["Gold"]} if kind == "select" else {}))
    for value in right:
        put(partner, contact, level=value, auto_create_variables=False)
        assert ContextValue.objects.get().value == value
    before = ContextValue.objects.get().value
    for value in wrong:
        answer = partner.post(context_path(contact), {"variables": {"level": value}})
        assert_error(answer, 400, "invalid_value")
    assert ContextValue.objects.get().value == before


def test_names_are_defined_by_their_values_where_that_is_asked_for(partner: ApiClient, home: Organization) -> None:
    contact = make_contact(home)
    answer = partner.post(context_path(contact), {"variables": {"balance": 2.5}})
    assert_error(answer, 400, "undefined_variable")

    put(partner, contact, balance=2.5, is_active=True, level="Gold")

    kinds = {each.name: each.variable_type for each in ContextVariable.objects.all()}
    assert kinds == {"balance": "number", "is_active": "boolean", "level": "text"}


def test_all_of_it_is_set_or_nothing(partner: ApiClient, home: Organization) -> None:
    contact = make_contact(home)
    define(partner, "balance", variable_type="number")
    body = {"variables": {"level": "Gold", "balance": "much"}, "auto_create_variables": True}

    assert_error(partner.post(context_path(contact), body), 400, "invalid_value")

    assert not ContextValue.objects.exists()
    assert [each.name for each in ContextVariable.objects.all()] == ["balance"]


def test_null_takes_a_value_away_and_what_is_not_named_stays(partner: ApiClient, home: Organization) -> None:
    contact = make_contact(home)
    put(partner, contact, level="Gold", balance=1)
    put(partner, contact, level=None)
    assert [each.variable.name for each in ContextValue.objects.select_related("variable")] == ["balance"]


def test_one_contact_has_so_much(partner: ApiClient, home: Organization, settings: Settings) -> None:
    settings.TETHER_VARIABLES_MAX_BYTES = 100
    contact = make_contact(home)
    put(partner, contact, level="x" * 60)
    answer = partner.post(context_path(contact), {"variables": {"b": "x" * 60}, "auto_create_variables": True})
    assert_error(answer, 400, "invalid_request")
    assert ContextValue.objects.count() == 1


def test_a_contact_is_made_with_what_is_told_of_it(partner: ApiClient) -> None:
    body = {"phone_number": CALLER, "first_name": "Ada", "custom_context": {"level": "Gold"}}
    assert_error(partner.post(f"{CONTACTS}/create", body), 400, "undefined_variable")
    assert not Contact.objects.exists()

    made = partner.post(f"{CONTACTS}/create", {**body, "auto_create_variables": True})

    assert made.status == 201, made
    assert_is("PartnerContactCreated", made.body)
    assert ContextValue.objects.get().contact_id == made.body["id"]
    assert_error(partner.post(f"{CONTACTS}/create", {"phone_number": CALLER}), 409, "contact_exists")


# ---- What agents are told --------------------------------------------------------------------------------------------


def test_a_caller_is_greeted_with_all_that_is_known(partner: ApiClient, user: User, home: Organization) -> None:
    elevenlabs_office.make_account(user)
    contact = make_contact(home, phone_number=CALLER, first_name="Ada", last_name="Byron")
    make_call(user, contact=contact, ai_summary="Asked for Friday.")
    make_call(user, contact=contact, ai_summary="")
    make_reminder(user, contact)
    put(partner, BUSINESS, support_hours="9 to 5", level="none")
    put(partner, contact, level="Gold", balance=250.5, is_active=True)

    assert told_at_ringing() == {
        "caller_name": "Ada Byron",
        "caller_number": CALLER,
        "org_name": home.name,
        "last_summary": "Asked for Friday.",
        "open_reminders": 1,
        "transfer_number": "",
        "support_hours": "9 to 5",
        "level": "Gold",
        "balance": 250.5,
        "is_active": True,
    }


@pytest.mark.parametrize("caller", [None, "+14165550179"])
def test_every_variable_is_there_for_who_is_not_known(
    caller: str | None, partner: ApiClient, user: User, home: Organization
) -> None:
    elevenlabs_office.make_account(user)
    put(partner, BUSINESS, support_hours="9 to 5", level="none")
    put(partner, make_contact(home, phone_number=CALLER), level="Gold", balance=1)

    told = told_at_ringing(caller)

    assert (told["support_hours"], told["level"], told["balance"], told["last_summary"]) == ("9 to 5", "none", "", "")


def test_it_costs_no_more_statements_with_many_variables(partner: ApiClient, user: User, home: Organization) -> None:
    elevenlabs_office.make_account(user)
    contact = make_contact(home, phone_number=CALLER)
    told_at_ringing()
    with statements_made() as before:
        told_at_ringing()
    many: dict[str, Any] = {f"name_{number}": "x" for number in range(50)}
    put(partner, contact, **many)
    with statements_made() as after:
        told_at_ringing()
    assert len(after) == len(before)


def test_another_organizations_variables_are_told_to_nobody_here(
    partner: ApiClient, other_partner: ApiClient, user: User, other_user: User, home: Organization
) -> None:
    elevenlabs_office.make_account(user)
    make_contact(home, phone_number=CALLER)
    assert other_user.organization is not None
    put(other_partner, make_contact(other_user.organization, phone_number=CALLER), level="theirs")
    put(other_partner, BUSINESS, hours="theirs")

    ours = {"caller_name", "caller_number", "org_name", "last_summary", "open_reminders", "transfer_number"}
    assert told_at_ringing().keys() == ours


def test_a_call_counts_before_the_contact_and_the_contact_before_the_organization(
    office: Office, partner: ApiClient, simulator: Simulator, home: Organization
) -> None:
    office.agent.prompt = "{{a}} {{b}} {{c}}"
    office.agent.save()
    contact = Contact.objects.of_organization(home.pk).get(phone_number=customer(0))
    put(partner, BUSINESS, a="business", b="business", c="business")
    put(partner, contact, a="contact", b="contact")

    call = assert_placed(dial(partner, variables={"a": "call"}))

    told = told_to_the_provider(simulator, call)
    variables = told["dynamic_variables"]
    assert (variables["a"], variables["b"], variables["c"]) == ("call", "contact", "business")
    assert told["conversation_config_override"]["agent"]["prompt"]["prompt"] == "call contact business"
    # What the call itself brought along, and no more.
    assert call.metadata["variables"] == {"a": "call"}


def test_values_are_data(office: Office, partner: ApiClient, simulator: Simulator, home: Organization) -> None:
    office.agent.prompt = "Hello {{name}}."
    office.agent.save()
    contact = Contact.objects.of_organization(home.pk).get(phone_number=customer(0))
    put(partner, contact, name="{{secret}} {{name}}", secret="hidden")

    call = assert_placed(dial(partner))

    told = told_to_the_provider(simulator, call)
    assert told["conversation_config_override"]["agent"]["prompt"]["prompt"] == "Hello {{secret}} {{name}}."


# ---- Who may ---------------------------------------------------------------------------------------------------------


def test_writing_needs_its_permission_and_reading_that_of_contacts(user: User, home: Organization) -> None:
    contact = make_contact(home)
    reads = partner_of(user, "can_read_contacts")
    assert reads.get(VARIABLES).status == 200
    for path in (VARIABLES, BUSINESS, context_path(contact), f"{CONTACTS}/create"):
        assert_error(reads.post(path, {}), 403, "permission_denied")
    assert_error(reads.patch(f"{VARIABLES}/{UNKNOWN_ID}", {}), 403, "permission_denied")
    assert_error(reads.delete(f"{VARIABLES}/{UNKNOWN_ID}"), 403, "permission_denied")
    assert_error(partner_of(user, "can_write_contacts").get(VARIABLES), 403, "permission_denied")


def test_another_organizations_contact_and_variable_are_not_there(
    partner: ApiClient, other_partner: ApiClient, home: Organization
) -> None:
    contact = make_contact(home)
    made = define(partner, "level")
    put(partner, contact, level="Gold")
    body = {"variables": {"level": "stolen"}, "auto_create_variables": True}

    foreign = other_partner.post(context_path(contact), body)
    assert (foreign.status, foreign.content) == (404, other_partner.post(context_path(UNKNOWN_ID), body).content)
    ids = (made["id"], UNKNOWN_ID)
    for theirs, unknown in (
        [other_partner.patch(f"{VARIABLES}/{variable_id}", {"display_name": "x"}) for variable_id in ids],
        [other_partner.delete(f"{VARIABLES}/{variable_id}") for variable_id in ids],
    ):
        assert (theirs.status, theirs.content) == (404, unknown.content)
    assert other_partner.get(VARIABLES).body["count"] == 0
    assert ContextValue.objects.get().value == "Gold"
    define(other_partner, "level")


def test_hidden_callers_have_no_context(partner: ApiClient, home: Organization) -> None:
    hidden = make_contact(home, phone_number="+266696687", first_name="Hidden", last_name="Caller")
    body = {"variables": {"level": "Gold"}, "auto_create_variables": True}
    assert_error(partner.post(context_path(hidden), body), 400, "invalid_request")


def test_values_of_a_contact_under_a_legal_hold_are_not_replaced(partner: ApiClient, home: Organization) -> None:
    contact, other = make_contact(home), make_contact(home)
    level = define(partner, "level")
    put(partner, contact, level="Gold")
    LegalHold.objects.create(organization=home, scope="number", reason="Claim", phone_number=contact.phone_number)

    for value in ("Silver", None):
        answer = partner.post(context_path(contact), {"variables": {"level": value}})
        assert_error(answer, 409, "legal_hold")
    assert_error(partner.delete(f"{VARIABLES}/{level['id']}"), 409, "legal_hold")
    put(partner, contact, level="Gold", city="Ottawa")
    put(partner, other, level="Silver")
    put(partner, other, level="Bronze")

    values = ContextValue.objects.filter(contact=contact).order_by("variable__name").values_list("value", flat=True)
    assert list(values) == ["Ottawa", "Gold"]
