"""What a job sends, it sends for every organization: one's many texts, or dead carrier, keep no other's waiting."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from calls.demo.simulator import Simulator
from calls.models import OutgoingText, TextState
from calls.services.texts import hand_over as handing_over
from calls.services.texts.hand_over import send_texts
from tests.calls.services.texts.test_tried_again import pass_time, written
from tests.calls.texting import DELIVERED, make_twilio, simulated
from tests.calls.webhooks import twilio_office
from tests.server_process import free_ports
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulated() as running:
        yield running


@pytest.fixture
def elsewhere(other_user: User) -> Organization:
    """Its texts were written first, and nobody answers at its carrier."""
    (nobody,) = free_ports(1)
    twilio_office.make_account(
        other_user, account_id="AC-another", base_url=f"http://127.0.0.1:{nobody}", phone_number="+14165550122"
    )
    assert other_user.organization is not None
    for digit in range(4):
        written(other_user.organization, f"+1416555014{digit}")
    return other_user.organization


def attempts(organization: Organization) -> list[int]:
    texts = OutgoingText.objects.of_organization(organization.pk).order_by("id")
    return list(texts.values_list("attempts", flat=True))


def test_a_carrier_that_is_away_is_asked_for_one_text_in_a_run(
    user: User, home: Organization, elsewhere: Organization, simulator: Simulator
) -> None:
    make_twilio(user, base_url=simulator.url)
    for number in (DELIVERED, "+14165550140"):
        written(home, number)

    send_texts()
    assert attempts(elsewhere) == [1, 0, 0, 0]
    assert len(simulator.happened()["texts"]) == 2

    # The next one is the one after that, whose pause has just begun.
    send_texts()
    assert attempts(elsewhere) == [1, 1, 0, 0]
    pass_time()
    send_texts()
    assert sum(attempts(elsewhere)) == 3


def test_of_each_organization_as_many_are_taken_as_of_every_other(
    user: User, home: Organization, elsewhere: Organization, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "_AT_A_TIME", 2)
    make_twilio(user, base_url=simulator.url)
    text = written(home)

    send_texts()

    text.refresh_from_db()
    assert text.state == TextState.DONE
    assert [each["to"] for each in simulator.happened()["texts"]] == [DELIVERED]
