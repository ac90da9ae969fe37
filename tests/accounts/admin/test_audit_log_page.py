"""The page of what somebody has changed calls rows by their names, and not by their identifiers."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from calls.models import PhoneNumber
from calls.services.privacy.legal_holds import place_hold
from tests.admin_site import list_of, page_of
from tests.factories import make_contact, make_prompt, make_user
from tether_calls.accounts.models import Organization, User
from tether_calls.trails.models import AccessEntry, AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    return make_user(is_staff=True)


@pytest.fixture
def home(administrator: User) -> Organization:
    assert administrator.organization is not None
    return administrator.organization


@pytest.fixture
def desk(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def differences(client: Client, entry: AuditEntry) -> dict[str, tuple[str, str]]:
    page = client.get(page_of(entry)).content.decode()
    rows = re.findall(r"<th[^>]*>([^<]*)</th>\s*<td>\s*<del>(.*?)</del>\s*</td>\s*<td>\s*<ins>(.*?)</ins>", page)
    return {what: (before, after) for what, before, after in rows}


def test_rows_of_other_tables_are_called_by_their_names(desk: Client, home: Organization) -> None:
    number = PhoneNumber.objects.create(organization=home, phone_number="+14165550111", provider="sinch")
    agents = [make_prompt(home, name=name) for name in ("Alex", "Kim")]
    for agent in agents:
        number.ai_agent = agent
        number.save()

    entry = AuditEntry.objects.filter(object_id=number.pk).latest("pk")
    assert differences(desk, entry)["AI agent"] == ("Alex", "Kim")

    gone = agents[0].pk
    agents[0].delete()
    assert differences(desk, entry)["AI agent"] == (gone, "Kim"), "of what is gone only the identifier is known"


def test_so_are_those_that_are_known_by_their_identifiers_alone(
    desk: Client, administrator: User, home: Organization
) -> None:
    contact = make_contact(home, first_name="Ada", last_name="Byron")
    hold = place_hold(
        user=administrator, organization_id=home.pk, scope="contact", contact_id=contact.pk, reason="Claim"
    )

    entry = AuditEntry.objects.get(object_id=hold.pk)
    told = differences(desk, entry)

    assert told["Contact"] == ("-", "Ada Byron")
    assert told["Placed by"] == ("-", str(administrator))


def test_what_its_reader_does_not_see_is_not_named(desk: Client, administrator: User, home: Organization) -> None:
    other = make_contact(make_user().organization, first_name="Ada", last_name="Byron")  # type: ignore[arg-type]
    AuditEntry.objects.create(
        organization_id=home.pk, model="calls.legalhold", object_id=other.pk, action="created", before={},
        after={"contact_id": other.pk}, actor_kind="user", actor_name="x", actor_id=administrator.pk,
    )  # fmt: skip

    assert differences(desk, AuditEntry.objects.latest("pk"))["Contact"] == ("-", other.pk)


@pytest.mark.parametrize("model", [AccessEntry, AuditEntry])
def test_a_log_counts_its_entries(desk: Client, model: type[AccessEntry] | type[AuditEntry]) -> None:
    page = " ".join(desk.get(list_of(model)).content.decode().split())

    assert re.search(r"<span> (1 entry|\d+ entries) </span>|There are no entries yet", page)
