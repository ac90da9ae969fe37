"""What the demo has for partners, by the keys of demo.json."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from calls.models import Call, PhoneNumber, Prompt
from contacts.models import DoNotCallNumber
from tests.calls.demo.starts import started
from tests.calls.partner.dialling import body, post
from tests.calls.partner.partners import AGENTS, CALLS, CONTACTS, assert_error
from tests.clients import Answer, ApiClient
from tether_calls.accounts.models import ApiKey, Organization, User, Wallet
from tether_calls.accounts.services.api_keys import revoke_api_key, rotate_api_key
from tether_calls.accounts.wallet import adjust, faults_of
from tether_calls.common.money import money_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("simulated")]

KEYS = {"partnerKey", "readOnlyKey", "poorKey", "poorAgentId", "dncNumber", "assistantId"}
SOMEBODY = "+14165550196"


def dial(document: dict[str, Any], key: str, agent: str, number: str = SOMEBODY) -> Answer:
    return post(ApiClient(document[key]), body(agent_id=document[agent], phone_number=number))


def balance(organization_id: str) -> str:
    wallet = Wallet.objects.get(organization_id=organization_id)
    assert list(faults_of(wallet.pk)) == []
    return money_text(wallet.balance)


@pytest.mark.parametrize("agent", ["agentId", "assistantId"])
def test_the_partner_may_do_everything(base_url: str, agent: str) -> None:
    with started(base_url) as document:
        answer = dial(document, "partnerKey", agent)

        assert answer.status == 201, answer
        assert [ApiClient(document["partnerKey"]).get(path).status for path in (AGENTS, CALLS, CONTACTS)] == [200] * 3
        billing = ApiClient(document["partnerKey"]).get(f"{CALLS}/{answer.body['id']}").body["billing"]
    assert (billing["status"], billing["initial_charge"]) == ("held", "0.10")
    assert balance(document["organizationId"]) == "99.90"


def test_the_reader_may_read(base_url: str) -> None:
    with started(base_url) as document:
        reader = ApiClient(document["readOnlyKey"])

        assert [reader.get(path).status for path in (AGENTS, CALLS, CONTACTS)] == [200] * 3
        assert_error(dial(document, "readOnlyKey", "agentId"), 403, "permission_denied")
        assert reader.post("/api/calls/ingest", {}).status == 401


def test_the_poor_have_no_money(base_url: str) -> None:
    with started(base_url) as document:
        answer = dial(document, "poorKey", "poorAgentId")
        (agent,) = ApiClient(document["poorKey"]).get(AGENTS).body["agents"]

        assert (answer.status, answer.body["current_balance"], answer.body["required_rate"]) == (402, "0.00", "0.10")
        assert (agent["id"], agent["can_make_calls"]) == (document["poorAgentId"], True)

        # With money they are served: there is nothing else that they lack.
        poor = Prompt.objects.get(pk=document["poorAgentId"]).organization_id
        adjust(organization_id=poor, amount=agent_rate(document), note="A gift", made_by=None)
        assert dial(document, "poorKey", "poorAgentId").status == 201
    assert balance(poor) == "0.00"


def agent_rate(document: dict[str, Any]) -> Any:
    return Prompt.objects.get(pk=document["poorAgentId"]).rate_per_minute


def test_one_number_must_not_be_called(base_url: str) -> None:
    with started(base_url) as document:
        assert_error(dial(document, "partnerKey", "agentId", document["dncNumber"]), 403, "do_not_call")


def test_a_data_folder_from_before_gains_all_of_it(base_url: str, first_start: dict[str, Any]) -> None:
    """As a folder was before there were partners: without keys, wallets, the list and the poor."""
    poor = Prompt.objects.get(pk=first_start["poorAgentId"]).organization_id
    PhoneNumber.objects.filter(organization_id=poor).delete()
    Prompt.objects.filter(organization_id=poor).delete()
    User.objects.filter(organization_id=poor).delete()
    ApiKey.objects.filter(is_default=False).delete()
    DoNotCallNumber.objects.all().delete()
    calls = Call.objects.count()

    with started(base_url) as document:
        assert document.keys() == first_start.keys() >= KEYS
        assert dial(document, "partnerKey", "agentId").status == 201
        assert dial(document, "poorKey", "poorAgentId").status == 402
    assert Call.objects.count() == calls + 1


def test_another_start_changes_nothing(base_url: str, first_start: dict[str, Any]) -> None:
    adjust_all_to_nothing(first_start)

    with started(base_url) as document:
        assert {key: document[key] for key in KEYS} == {key: first_start[key] for key in KEYS}
    assert balance(first_start["organizationId"]) == "0.00"
    assert Organization.objects.filter(is_prepaid=True).count() == 2


def adjust_all_to_nothing(document: dict[str, Any]) -> None:
    wallet = Wallet.objects.get(organization_id=document["organizationId"])
    adjust(organization_id=wallet.organization_id, amount=-wallet.balance, note="Spent", made_by=None)


def test_keys_that_were_rotated_or_revoked_are_followed(base_url: str, first_start: dict[str, Any]) -> None:
    old = ApiKey.objects.get(name="Demo: partner", user__email="user@example.com")
    rotate_api_key(api_key=old, overlap=timedelta(days=1))
    revoke_api_key(api_key=ApiKey.objects.get(name="Demo: reads only"))

    with started(base_url) as document:
        for name in ("partnerKey", "readOnlyKey"):
            assert document[name] != first_start[name]
            assert ApiClient(document[name]).get(AGENTS).status == 200


def test_the_poor_do_not_come_back_where_somebody_removed_them(base_url: str, first_start: dict[str, Any]) -> None:
    User.objects.get(email="poor@example.net").delete()

    with started(base_url) as document:
        assert "poorKey" not in document
        assert dial(document, "partnerKey", "agentId").status == 201


def test_nobody_logs_in_there(first_start: dict[str, Any]) -> None:
    assert not User.objects.get(email="poor@example.net").has_usable_password()
