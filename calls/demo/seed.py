"""Puts the demo into the database: two organizations with users, agents, numbers, contacts, and a month of calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from calls.demo.past_calls import DAYS, PastCall, past_calls
from calls.demo.people import ADMIN, DEMO, OTHER, OTHER_COMPANY, USER, Company
from calls.demo.quality import judge
from calls.demo.reviews import Reviewed, reviews
from calls.demo.rows import DemoRows
from calls.models import Call, PhoneNumber, Prompt
from calls.reports import InlineRecording, StoredRecording
from calls.services.agent_calls.prompt_versions import Change, save_new
from calls.services.recordings.store_recording import discard_stored, store_recording
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.common.object_id import new_object_id

ACCOUNTS = (USER, ADMIN, OTHER)
DEMO_CALLS = 210
OTHER_CALLS = 8


def is_seeded() -> bool:
    """Whether the demo is in the database; what has been deleted of it since does not come back."""
    # wall: the demo knows its users by their addresses
    return User.objects.filter(email__in=[account.email for account in ACCOUNTS]).exists()


def seed_demo(*, passwords: Mapping[str, str], now: datetime) -> bool:
    """Write the demo, all of it or nothing, with these passwords by e-mail address; False where it is there already."""
    if is_seeded():
        return False
    demo = past_calls(DEMO, now=now, count=DEMO_CALLS, recorded=True)
    other = past_calls(OTHER_COMPANY, now=now, count=OTHER_CALLS, recorded=False)
    organization_id = new_object_id(at=now - timedelta(days=DAYS + 1))
    stored: dict[PastCall, StoredRecording] = {}
    try:
        # Recordings first: the storage may be on the network, which has no place in a transaction.
        for call in demo:
            if call.dialogue is not None:
                source = InlineRecording(call.dialogue.audio.read_bytes())
                stored[call] = store_recording(organization_id=organization_id, source=source)
        with transaction.atomic():
            _write(DEMO, organization_id, demo, stored, passwords, now)
            _write(OTHER_COMPANY, new_object_id(at=now - timedelta(days=DAYS + 1)), other, {}, passwords, now)
    except BaseException:
        for recording in stored.values():
            discard_stored(recording)
        raise
    return True


@transaction.atomic
def seed_company(company: Company) -> User:
    """A company without any past, whose users cannot log in; returns the first of them."""
    organization = Organization.objects.create(name=company.name, requires_staff_reason=_asks(company))
    owner, *_ = _accounts(company, organization, dict.fromkeys(account.email for account in company.accounts))
    _numbers(company, organization, owner, _agents(company, organization, owner))
    return owner


def _write(
    company: Company,
    organization_id: str,
    calls: list[PastCall],
    stored: Mapping[PastCall, StoredRecording],
    passwords: Mapping[str, str],
    now: datetime,
) -> None:
    organization = Organization.objects.create(
        id=organization_id, name=company.name, requires_staff_reason=_asks(company)
    )
    owner, *colleagues = _accounts(company, organization, passwords)
    agents = _agents(company, organization, owner)
    _numbers(company, organization, owner, agents)

    rows = DemoRows(owner=owner, colleague=next(iter(colleagues), None), agents=agents)
    if colleagues:
        rows.add_labels(at=now - timedelta(days=DAYS))
    for person in company.people:
        first_call = next((call.start for call in calls if call.person == person), now)
        rows.add_contact(person, at=first_call if person.is_unknown else now - timedelta(days=DAYS))
    judged = reviews(calls) if colleagues else [Reviewed()] * len(calls)
    for call, reviewed in zip(calls, judged, strict=True):
        rows.add_call(call, stored.get(call), reviewed)
    rows.write()
    # A call was last changed when it ended; inserting it has set the present moment.
    Call.objects.of_organization(organization.pk).update(updated_at=F("end_time"))
    if rows.colleague is not None:
        heard = {recording.call_id for recording in rows.recordings}
        judge(reviewer=rows.colleague, recorded=[call for call in reversed(rows.calls) if call.pk in heard])


def _asks(company: Company) -> bool:
    """Whether it asks the platform's staff why: not the one whose people they are."""
    return ADMIN not in company.accounts


def _accounts(company: Company, organization: Organization, passwords: Mapping[str, str | None]) -> list[User]:
    """The company's users, first the one to whom the calls belong."""
    users = []
    for account in company.accounts:
        is_admin = account == ADMIN
        user = User.objects.create_user(
            account.email,
            passwords[account.email],
            full_name=account.full_name,
            organization=organization,
            access_role=AccessRole.SUPERADMIN if is_admin else AccessRole.ADMIN,
            is_staff=is_admin,
            is_superuser=is_admin,
        )
        users.append(user)
    return users


def _agents(company: Company, organization: Organization, owner: User) -> dict[str, Prompt]:
    agents = {}
    for agent in company.agents:
        agents[agent.name] = Prompt(
            organization=organization,
            name=agent.name,
            prompt=agent.prompt,
            first_message=agent.first_message,
            voice_enabled=True,
            elevenlabs_agent_id=f"agent_demo_{agent.name.lower()}",
        )
        save_new(agents[agent.name], Change(by=owner))
    return agents


def _numbers(company: Company, organization: Organization, owner: User, agents: Mapping[str, Prompt]) -> None:
    for number in company.numbers:
        PhoneNumber.objects.create(
            organization=organization,
            provider=number.provider,
            phone_number=number.phone_number,
            label=number.label,
            user=owner,
            is_default=number.is_default,
            ai_enabled=bool(number.agent),
            ai_agent=agents.get(number.agent),
        )
