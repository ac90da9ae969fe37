"""Each request body of the OpenAPI document has an example, and the service takes it as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from calls.demo.simulator import ElevenLabsAccount, ElevenLabsNumber, Pace, Simulator, SinchAccount
from calls.models import Scorecard, VoiceAccount
from calls.providers.registry import agents_provider
from contacts.models import Contact
from contacts.services.context import define_variable
from contacts.services.notes import create_note
from tests.accounts.keys import ALL_PERMISSIONS, client_with, make_key
from tests.accounts.second_factors import code_of, enrolled, next_code
from tests.admin_site import make_webhook
from tests.calls import texting
from tests.calls.api.labelling import make_disposition, make_tag
from tests.calls.scheduling import make_scheduled
from tests.calls.webhooks import elevenlabs_office, sinch_office, twilio_office
from tests.clients import Answer, logged_in, vendor_of
from tests.contract.components import generated_document, validator
from tests.factories import make_call, make_contact, make_conversation, make_prompt, make_user
from tether_calls.accounts.models import AccessRole, OidcLogin, PasswordReset, User
from tether_calls.accounts.services.oidc_login import challenge_of
from tether_calls.accounts.services.oidc_login import code_of as code_of_login
from tether_calls.accounts.services.passwords import token_of
from tether_calls.accounts.services.second_factor import begin_enrolment
from tether_calls.accounts.tokens import issue_tokens

pytestmark = pytest.mark.django_db

API_KEY = "sk_test"
CALL_ID = "64f0a1b2c3d4e5f6a7b8cb00"
CONTACT_ID = "64f0a1b2c3d4e5f6a7b8c9d0"
AGENT_ID, VERSION_ID = "64f0a1b2c3d4e5f6a7b8cc00", "64f0a1b2c3d4e5f6a7b8cc01"
TAG_ID, DISPOSITION_ID = "64f0a1b2c3d4e5f6a7b8dd01", "64f0a1b2c3d4e5f6a7b8ee01"
SCORECARD_ID = "64f0a1b2c3d4e5f6a7b8ab01"
YES_NO_ID, SCALE_ID = "64f0a1b2c3d4e5f6a7b8ac01", "64f0a1b2c3d4e5f6a7b8ac02"
OUR_NUMBER, CUSTOMER = "+14165550100", "+14165550199"


def _components() -> dict[str, str]:
    """Of each operation with a body that is no file: the name of its component, by method and path."""
    found = {}
    for path, item in generated_document()["paths"].items():
        for method, operation in item.items():
            contents = operation.get("requestBody", {"content": {}})["content"]
            for content in (content for kind, content in contents.items() if kind != "text/csv"):
                found[f"{method} {path}"] = content["schema"]["$ref"].rpartition("/")[2]
    return found


COMPONENTS = _components()


def example_of(operation: str) -> Any:
    return generated_document()["components"]["schemas"][COMPONENTS[operation]]["example"]


@pytest.fixture
def boss() -> User:
    """A superadmin of an organization that has what the examples name."""
    user = make_user(email="robin@example.com", access_role=AccessRole.SUPERADMIN)
    user.set_password("correct horse battery")
    user.save()
    assert user.organization is not None
    contact = make_contact(user.organization, id=CONTACT_ID, phone_number=CUSTOMER)
    make_tag(user.organization, id=TAG_ID)
    make_disposition(user.organization, id=DISPOSITION_ID)
    scorecard = Scorecard.objects.create(id=SCORECARD_ID, organization=user.organization, name="Sales")
    for position, (criterion_id, kind) in enumerate(((YES_NO_ID, "yes_no"), (SCALE_ID, "scale"))):
        scorecard.criteria.create(id=criterion_id, version=1, position=position, name=kind, kind=kind)
    make_call(user, id=CALL_ID, contact=contact, status="ringing", direction="inbound", duration=None)
    agent = make_prompt(user.organization, id=AGENT_ID, name="Mia", elevenlabs_agent_id="agent_1", versions_made=1)
    agent.versions.create(id=VERSION_ID, organization=user.organization, number=1, prompt="Be brief.")
    sinch_office.make_account(user, secrets=texting.SINCH_SECRETS)
    sinch_office.make_number(user, ai_agent=agent, ai_enabled=True, elevenlabs_phone_number_id="phnum_1")
    return user


@pytest.fixture
def simulator(boss: User) -> Iterator[Simulator]:
    number = ElevenLabsNumber(phone_number_id="phnum_1", phone_number=OUR_NUMBER)
    account = ElevenLabsAccount(api_key=API_KEY, agents={"agent_1": "Mia"}, phone_numbers=(number,))
    texts = SinchAccount(
        application_key=sinch_office.KEY,
        application_secret=sinch_office.SECRET,
        sms_service_plan_id=texting.PLAN,
        sms_api_token=texting.TEXT_TOKEN,
    )
    with Simulator(account, texts, pace=Pace.quick(0.03)) as running:
        VoiceAccount.objects.of_organization(boss.home_id).filter(provider="sinch").update(base_url=running.url)
        elevenlabs_office.make_account(
            boss,
            secrets={"api_key": API_KEY, "webhook_secret": "wsec_test", "tool_secret": "tool_test"},
            base_url=running.url,
        )
        yield running


@pytest.mark.parametrize("operation", COMPONENTS)
def test_it_is_what_the_document_says(operation: str) -> None:
    validator(generated_document, COMPONENTS[operation]).validate(example_of(operation))


# Those for whose paths, senders or tokens the test has to do something.
def _conversation(boss: User) -> str:
    return str(make_conversation(Contact.objects.get(pk=CONTACT_ID)).pk)


def _note(boss: User) -> str:
    return str(create_note(user=boss, organization_id=boss.home_id, contact_id=CONTACT_ID, note="Hello.").pk)


def _key(boss: User) -> str:
    return str(make_key(boss, *ALL_PERMISSIONS).pk)


def _webhook(boss: User) -> str:
    assert boss.organization is not None
    return str(make_webhook(boss.organization).pk)


def _scheduled(boss: User) -> str:
    return str(make_scheduled(boss, contact=Contact.objects.get(pk=CONTACT_ID)).pk)


def _variable(boss: User) -> str:
    return str(
        define_variable(
            organization_id=boss.home_id, context_type="contact", name="a", display_name="A", variable_type="text"
        ).pk
    )


IDS: dict[str, Callable[[User], str]] = {
    "{callId}": lambda _boss: CALL_ID,
    "{contact_id}": lambda _boss: CONTACT_ID,
    "{variable_id}": _variable,
    "{conversationId}": _conversation,
    "{dispositionId}": lambda _boss: DISPOSITION_ID,
    "{tagId}": lambda _boss: TAG_ID,
    "{keyId}": _key,
    "{noteId}": _note,
    "{scheduledId}": _scheduled,
    "{scheduled_id}": _scheduled,
    "{organizationId}": lambda boss: boss.home_id,
    "{promptId}": lambda _boss: AGENT_ID,
    "{versionId}": lambda _boss: VERSION_ID,
    "{scorecardId}": lambda _boss: SCORECARD_ID,
    "{webhook_id}": _webhook,
}


def _first_code(boss: User) -> dict[str, Any]:
    return {"otp": code_of(begin_enrolment(user=boss).secret)}


def _next_code(boss: User) -> dict[str, Any]:
    enrolled(boss, password="correct horse battery")
    return {"otp": next_code(boss)}


def _reset(boss: User) -> dict[str, Any]:
    now = timezone.now()
    reset = PasswordReset.objects.create(user=boss, page="", created_at=now, expires_at=now + timedelta(hours=1))
    return {"token": token_of(reset), "password": "staple of wires"}


def _come_back(boss: User) -> dict[str, Any]:
    """From the OpenID provider."""
    now, body = timezone.now(), example_of("post /api/auth/oidc")
    login = OidcLogin.objects.create(
        user=boss,
        attempt="of-the-example",
        door="frontend",
        challenge=challenge_of(body["codeVerifier"]),
        arrived_at=now,
        expires_at=now + timedelta(minutes=15),
    )
    return {**body, "code": code_of_login(login)}


# What is of no use a second time is not in a document.
ONCE: dict[str, Callable[[User], dict[str, Any]]] = {
    **dict.fromkeys(
        ("post /api/auth/refresh", "post /api/auth/logout"),
        lambda boss: {"refreshToken": issue_tokens(boss).refresh},
    ),
    "post /api/auth/oidc": _come_back,
    "post /api/auth/two-factor/confirm": _first_code,
    "post /api/auth/two-factor/recovery-codes": _next_code,
    "post /api/auth/two-factor/disable": _next_code,
    "post /api/auth/password-reset/confirm": _reset,
}


@pytest.mark.parametrize("operation", [name for name in COMPONENTS if "/api/webhook/" not in name])
def test_the_service_takes_it(operation: str, boss: User, simulator: Simulator) -> None:
    method, _, path = operation.partition(" ")
    for name, make in IDS.items():
        path = path.replace(name, make(boss)) if name in path else path
    body = ONCE[operation](boss) if operation in ONCE else example_of(operation)
    client = logged_in(boss)
    if path.startswith("/api/v1/"):
        client = client_with(make_key(boss, *ALL_PERMISSIONS))
    elif path.startswith(("/api/calls/ingest", "/api/calls/live")):
        client = vendor_of(boss)

    answer = getattr(client, method)(path, body)

    assert answer.status in (200, 201, 202), answer


def _twilio(operation: str, body: Any) -> Answer:
    return twilio_office.deliver(operation.rpartition("/")[2], body)


def _text_office(operation: str) -> Callable[..., Answer]:
    return texting.twilio_text if "twilio" in operation else texting.sinch_text


SENDERS: dict[str, Callable[[str, Any], Answer]] = {
    "sinch": lambda _operation, body: sinch_office.deliver(body),
    "amd": _twilio,
    "inbound": _twilio,
    "outbound": _twilio,
    "next": _twilio,
    "recording": _twilio,
    "whisper": _twilio,
    "status": _twilio,
    "sms": lambda operation, body: _text_office(operation)(**body),
    "sms-status": lambda _operation, body: texting.twilio_callback("twilio/sms-status", body),
    "delivery-receipt": lambda _operation, body: texting.sinch_callback("sinch/delivery-receipt", body),
    "elevenlabs": lambda _operation, body: elevenlabs_office.deliver(body),
    **{
        each.tool.name: lambda operation, body: elevenlabs_office.ask(body, path=operation.partition(" ")[2])
        for each in agents_provider().tools()
    },
    "personalization": lambda _operation, body: elevenlabs_office.ask(body),
}


@pytest.mark.parametrize("operation", [name for name in COMPONENTS if "/api/webhook/" in name])
def test_the_service_takes_it_from_its_provider(operation: str, boss: User, simulator: Simulator) -> None:
    twilio_office.make_account(boss, is_active=False)

    answer = SENDERS[operation.rpartition("/")[2]](operation, example_of(operation))

    assert answer.status == 200, answer
