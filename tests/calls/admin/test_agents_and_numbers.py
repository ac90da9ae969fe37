"""Agents and phone numbers in the admin."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from calls.models import PhoneNumber, Prompt
from tests.admin_site import add_to, admin_of, found, make_phone_number, page_of, text_of
from tests.factories import make_prompt, make_user
from tether_calls.accounts.models import AccessRole, User


def test_staff_change_an_agent_but_not_which_one_it_is_at_elevenlabs(staff: Client, user: User) -> None:
    assert user.organization is not None
    agent = make_prompt(user.organization, elevenlabs_agent_id="agent_1")
    form = {"name": "Robin", "prompt": "Be kind.", "voice_enabled": "on", "elevenlabs_agent_id": "agent_2"}
    assert staff.post(page_of(agent), form).status_code == 302
    agent.refresh_from_db()
    assert (agent.name, agent.prompt, agent.elevenlabs_agent_id) == ("Robin", "Be kind.", "agent_1")


def test_a_superuser_links_an_agent_to_elevenlabs_and_unlinks_it(root: Client, user: User) -> None:
    assert user.organization is not None
    agent = make_prompt(user.organization)
    form = {"name": "Robin", "rate_per_minute": "0.1"}
    for typed, stored in (("agent_1", "agent_1"), ("", None)):
        assert root.post(page_of(agent), form | {"elevenlabs_agent_id": typed}).status_code == 302
        agent.refresh_from_db()
        assert agent.elevenlabs_agent_id == stored


def test_one_agent_at_elevenlabs_is_one_agent_here(root: Client, user: User) -> None:
    assert user.organization is not None
    make_prompt(user.organization, elevenlabs_agent_id="agent_1")
    second = make_prompt(user.organization)
    form = {"name": "Two", "rate_per_minute": "0.1"}
    assert root.post(page_of(second), {**form, "elevenlabs_agent_id": "agent_1"}).status_code == 200
    assert root.post(page_of(second), {**form, "elevenlabs_agent_id": "agent_2"}).status_code == 302


def test_superusers_set_what_a_minute_costs_and_staff_read_it(root: Client, staff: Client, user: User) -> None:
    assert user.organization is not None
    agent = make_prompt(user.organization, rate_per_minute=Decimal("0.25"))
    for client, price, stored in ((staff, "0", "0.25"), (root, "0.0125", "0.0125"), (root, "-1", "0.0125")):
        client.post(page_of(agent), {"name": "Robin", "rate_per_minute": price})
        agent.refresh_from_db()
        assert agent.rate_per_minute == Decimal(stored)
    assert "0.0125" in text_of(staff.get(page_of(agent)))


def test_agents_are_found_by_name(staff: Client, user: User) -> None:
    assert user.organization is not None
    agent = make_prompt(user.organization, name="Robin of Example")
    make_prompt(user.organization, name="Alex")
    assert found(staff, Prompt, q="robin") == [agent]


@pytest.mark.parametrize("role", AccessRole)
def test_staff_say_who_answers_a_number_but_only_superadmins_which_agent_does(role: AccessRole, user: User) -> None:
    assert user.organization is not None
    member = make_user(organization=user.organization, is_staff=True, access_role=role)
    number = make_phone_number(user.organization)
    agent = make_prompt(user.organization)

    answer = admin_of(member).post(page_of(number), {"label": "Hall", "ai_enabled": "on", "ai_agent": agent.pk})

    assert answer.status_code == 302
    number.refresh_from_db()
    may = role == AccessRole.SUPERADMIN
    assert (number.label, number.ai_enabled, number.ai_agent_id) == ("Hall", may, agent.pk if may else None)


def test_staff_say_who_answers_a_number_but_not_whose_it_is(staff: Client, user: User) -> None:
    assert user.organization is not None
    number = make_phone_number(user.organization, label="Old")
    form = {
        "label": "Reception",
        "user": user.pk,
        "phone_number": "+16045559999",
        "provider": "sinch",
    }
    before = number.phone_number
    assert staff.post(page_of(number), form).status_code == 302
    number.refresh_from_db()
    assert (number.label, number.user_id) == ("Reception", user.pk)
    assert (number.phone_number, number.provider) == (before, "twilio")
    assert staff.get(add_to(PhoneNumber)).status_code == 403


def test_a_second_default_number_is_refused_with_words(staff: Client, user: User) -> None:
    assert user.organization is not None
    make_phone_number(user.organization, user=user, is_default=True)
    second = make_phone_number(user.organization, user=user)
    response = staff.post(page_of(second), {"user": user.pk, "is_default": "on"})
    assert response.status_code == 200
    assert "default" in str(response.context["errors"])


def test_a_superuser_adds_and_removes_a_number(root: Client, user: User) -> None:
    form = {"organization": user.organization_id, "phone_number": "+16045559999", "provider": "twilio"}
    assert root.post(add_to(PhoneNumber), {**form, "phone_number": "604 555"}).status_code == 200
    assert root.post(add_to(PhoneNumber), form).status_code == 302
    number = PhoneNumber.objects.get(phone_number="+16045559999")
    assert number.organization_id == user.organization_id
    assert root.post(page_of(number, "delete"), {"post": "yes"}).status_code == 302
    assert not PhoneNumber.objects.exists()


def test_numbers_are_found_by_a_part_and_by_label(staff: Client, user: User) -> None:
    assert user.organization is not None
    number = make_phone_number(user.organization, phone_number="+12505550123", label="Reception")
    make_phone_number(user.organization)
    for text in ("250555", "recep"):
        assert found(staff, PhoneNumber, q=text) == [number]


@pytest.mark.parametrize("typed", ["+1 (604) 555-0123", "001 604 555 0123", "+1\u00a0604\u2011555\u20110123"])
def test_a_superuser_types_our_number_as_people_write_it(root: Client, user: User, typed: str) -> None:
    form = {"phone_number": typed, "provider": "sinch", "organization": user.organization_id}
    assert root.post(add_to(PhoneNumber), form).status_code == 302
    number = PhoneNumber.objects.get()
    assert number.phone_number == "+16045550123"
    for text in (typed, "604 555", "6045550123"):
        assert found(root, PhoneNumber, q=text) == [number]
    assert root.post(add_to(PhoneNumber), {**form, "phone_number": f"{typed} ext. 4"}).status_code == 200
    assert PhoneNumber.objects.count() == 1
