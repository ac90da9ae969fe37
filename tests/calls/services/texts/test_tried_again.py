"""What a job sends is tried again where the carrier has certainly not taken it, and never else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import OutgoingText, TextPurpose, TextState, VoiceAccount
from calls.selectors.texts.line import text_line
from calls.services.texts import hand_over as handing_over
from calls.services.texts.hand_over import PAUSES, hand_over, send_texts
from calls.services.texts.queue_text import queue_text
from conversations.models import Message
from tests.calls.texting import DELIVERED, LANDLINE, MAKE, make_twilio, simulated
from tests.factories import make_contact, make_do_not_call
from tests.server_process import free_ports
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db

ATTEMPTS = len(PAUSES) + 1


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulated() as running:
        yield running


@transaction.atomic
def written(home: Organization, phone_number: str = DELIVERED) -> OutgoingText:
    return queue_text(
        organization_id=home.pk,
        contact=make_contact(home, phone_number=phone_number),
        content="Monday at 14:30.",
        line=text_line(organization_id=home.pk),
        purpose=TextPurpose.TOOL,
    )


def pass_time() -> None:
    """Until whatever waits is to be tried again."""
    OutgoingText.objects.filter(next_at__isnull=False).update(next_at=timezone.now())


def told() -> tuple[str, str]:
    return Message.objects.values_list("status", "error_code").get()


def sent(simulator: Simulator) -> int:
    return len(simulator.happened()["texts"])


@pytest.mark.parametrize("provider", ["twilio", "sinch"])
def test_a_carrier_that_takes_no_more_now_is_asked_again(
    provider: str, user: User, home: Organization, simulator: Simulator
) -> None:
    MAKE[provider](user, base_url=simulator.url)
    text = written(home)
    simulator.fail(provider, status=429, times=2)

    for _ in range(2):
        pass_time()
        send_texts()
        assert told() == ("queued", "")
    # Not before its pause is over.
    send_texts()
    assert sent(simulator) == 0

    pass_time()
    send_texts()
    text.refresh_from_db()
    assert (sent(simulator), text.state, text.attempts) == (1, TextState.DONE, 3)
    assert told() == ("queued", "")


def test_pauses_grow_and_come_to_an_end(user: User, home: Organization, simulator: Simulator) -> None:
    make_twilio(user, base_url=simulator.url)
    text = written(home)
    simulator.fail("twilio", status=429, times=ATTEMPTS)
    pauses = []

    for _ in range(ATTEMPTS):
        pass_time()
        send_texts()
        text.refresh_from_db()
        if text.state == TextState.WAITING:
            assert text.next_at is not None
            assert text.claimed_at is not None
            pauses.append(round((text.next_at - text.claimed_at) / timedelta(seconds=30)))

    assert pauses == [round(pause / timedelta(seconds=30)) for pause in PAUSES]
    assert (text.state, text.attempts) == (TextState.DONE, ATTEMPTS)
    assert told() == ("failed", "limit_reached")
    pass_time()
    send_texts()
    assert sent(simulator) == 0


def test_a_carrier_that_cannot_be_reached_is_asked_again(user: User, home: Organization) -> None:
    (nobody,) = free_ports(1)
    make_twilio(user, base_url=f"http://127.0.0.1:{nobody}")
    written(home)
    send_texts()
    assert told() == ("queued", "")

    with simulated() as simulator:
        VoiceAccount.objects.update(base_url=simulator.url)
        pass_time()
        send_texts()
        assert sent(simulator) == 1


@pytest.mark.parametrize(
    ("code", "is_tried_again"), [(20429, True), (21611, True), (21610, False), (21617, False), (30034, False)]
)
def test_a_reason_that_may_pass_is_waited_for_and_no_other(
    code: int, is_tried_again: bool, user: User, home: Organization, simulator: Simulator
) -> None:
    make_twilio(user, base_url=simulator.url)
    text = written(home)
    simulator.fail("twilio", status=400, body={"code": code, "message": "", "status": 400})

    send_texts()

    text.refresh_from_db()
    assert (text.state == TextState.WAITING) is is_tried_again
    assert (told()[0] == "queued") is is_tried_again


def test_a_landline_is_told_of_once_and_not_tried_again(user: User, home: Organization, simulator: Simulator) -> None:
    make_twilio(user, base_url=simulator.url)
    text = written(home, LANDLINE)

    for _ in range(2):
        send_texts()
        pass_time()

    text.refresh_from_db()
    assert (text.state, text.attempts) == (TextState.DONE, 1)
    assert told() == ("failed", "cannot_receive")


@pytest.mark.parametrize("provider", ["twilio", "sinch"])
@pytest.mark.parametrize("fault", ["close", 500, 502, 503, 504])
def test_what_the_carrier_may_have_taken_is_never_sent_again(
    fault: str | int, provider: str, user: User, home: Organization, simulator: Simulator
) -> None:
    MAKE[provider](user, base_url=simulator.url)
    written(home)
    if isinstance(fault, str):
        simulator.fail(provider, fault=fault, after=True)
    else:
        simulator.fail(provider, status=fault, after=True)

    for _ in range(3):
        send_texts()
        pass_time()

    assert sent(simulator) == 1
    assert told() == ("unknown", "")


def test_the_rules_are_asked_before_each_attempt(user: User, home: Organization, simulator: Simulator) -> None:
    make_twilio(user, base_url=simulator.url)
    written(home)
    simulator.fail("twilio", status=429)
    send_texts()
    make_do_not_call(home, phone_number=DELIVERED)

    pass_time()
    send_texts()

    assert sent(simulator) == 0
    assert told() == ("failed", "do_not_call")


def test_it_is_not_tried_when_it_would_be_an_hour_old(user: User, home: Organization, simulator: Simulator) -> None:
    make_twilio(user, base_url=simulator.url)
    written(home)
    OutgoingText.objects.update(created_at=timezone.now() - timedelta(minutes=59, seconds=45))
    simulator.fail("twilio", status=429)

    send_texts()

    assert told() == ("failed", "limit_reached")


def test_who_has_read_it_before_another_worker_tried_it_leaves_it_alone(
    user: User, home: Organization, simulator: Simulator
) -> None:
    make_twilio(user, base_url=simulator.url)
    text = written(home)
    read_before = OutgoingText.objects.get()
    simulator.fail("twilio", status=429)
    assert hand_over(text=text, is_tried_again=True) is None

    assert hand_over(text=read_before, is_tried_again=True) is None

    assert sent(simulator) == 0
    assert OutgoingText.objects.get().attempts == 1


def test_who_was_away_for_too_long_does_not_have_it_sent_twice(
    user: User, home: Organization, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_twilio(user, base_url=simulator.url)
    text = written(home)
    simulator.fail("twilio", status=429)
    asked = handing_over._asked

    def much_later(text: OutgoingText) -> object:
        answer = asked(text)
        # Meanwhile another run has given it up.
        late = timezone.now() - handing_over.GONE_AFTER - timedelta(seconds=1)
        OutgoingText.objects.update(claimed_at=late)
        send_texts()
        return answer

    monkeypatch.setattr(handing_over, "_asked", much_later)
    hand_over(text=text, is_tried_again=True)
    monkeypatch.undo()
    pass_time()
    send_texts()

    assert sent(simulator) == 0
    assert told() == ("unknown", "")


@pytest.mark.django_db(transaction=True)
def test_of_many_runs_at_once_one_tries_again(user: User, home: Organization, simulator: Simulator) -> None:
    make_twilio(user, base_url=simulator.url)
    written(home)
    simulator.fail("twilio", status=429)
    send_texts()
    pass_time()

    def job(_: int) -> None:
        try:
            send_texts()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(job, range(12)))

    assert sent(simulator) == 1
