"""POST /api/calls/ai/outbound: how often, of one user and of one organization, whichever way it dials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from calls.demo.simulator import Simulator
from calls.models import Call
from tests.at_once import at_once
from tests.calls.api.ai.outbound import (
    ANOTHER_NUMBER,
    ANOTHER_NUMBER_ID,
    Office,
    assert_refused,
    dials,
    make_number,
    make_office,
    outbound,
)
from tests.calls.api.ingesting import nothing_kept
from tests.calls.dial_limits import PEOPLE, limit_dials
from tests.calls.partner.dialling import body, post
from tests.calls.partner.partners import assert_error, partner_of
from tests.clients import Answer, ApiClient, logged_in
from tests.factories import make_do_not_call, make_user
from tests.servers_gone import closed_port
from tether_calls.accounts.models import User
from tether_calls.accounts.services.dial_limits import count_dial_by_user
from tether_calls.common.errors import TetherError

# The clock stands still, else a slow machine has left the window before it has used it up.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("later")]


def assert_limited(answer: Answer, seconds: int) -> None:
    assert_refused(answer, 429, "DIAL_LIMIT_REACHED")
    assert 1 <= int(answer.headers["Retry-After"]) <= seconds


def colleague_of(office: Office) -> ApiClient:
    """Another user of the organization who can have calls made."""
    colleague = make_user(organization=office.user.organization)
    make_number(colleague, phone_number=ANOTHER_NUMBER, elevenlabs_phone_number_id=ANOTHER_NUMBER_ID)
    return logged_in(colleague)


def called(api: ApiClient, *numbers: str) -> list[int]:
    return [outbound(api, phoneNumber=number).status for number in numbers]


# ---- Of a user -------------------------------------------------------------------------------------------------------


def test_a_user_dials_ten_times_a_minute(api: ApiClient, office: Office, simulator: Simulator) -> None:
    assert called(api, *PEOPLE[:10]) == [200] * 10

    with nothing_kept():
        answer = outbound(api, contactId=office.contact.pk)

    assert_limited(answer, 60)
    assert answer.body["error"] == "You may dial 10 times a minute"
    assert dials(simulator) == 10


def test_the_minute_slides(api: ApiClient, office: Office, settings: Any, later: Callable[[float], None]) -> None:
    limit_dials(settings, minute=2)
    assert called(api, PEOPLE[0]) == [200]
    later(40)
    assert called(api, PEOPLE[1], PEOPLE[2]) == [200, 429]
    later(61)
    assert called(api, PEOPLE[3], PEOPLE[4]) == [200, 429]


def test_waiting_as_long_as_told_is_enough(
    api: ApiClient, office: Office, settings: Any, later: Callable[[float], None]
) -> None:
    limit_dials(settings, minute=1)
    assert called(api, PEOPLE[0]) == [200]

    wait = int(outbound(api, phoneNumber=PEOPLE[1]).headers["Retry-After"])

    later(wait + 0.01)
    assert called(api, PEOPLE[1]) == [200]


def test_another_user_has_a_minute_of_their_own(api: ApiClient, office: Office, settings: Any) -> None:
    limit_dials(settings, minute=1)

    assert called(api, PEOPLE[0], PEOPLE[1]) == [200, 429]
    assert called(colleague_of(office), PEOPLE[1]) == [200]


def test_a_dial_that_is_refused_is_not_counted(api: ApiClient, office: Office, settings: Any) -> None:
    limit_dials(settings, minute=1)
    make_do_not_call(office.agent.organization, phone_number=PEOPLE[0])

    for _ in range(3):
        assert_refused(outbound(api, phoneNumber=PEOPLE[0]), 400, "DO_NOT_CALL")
        assert_refused(outbound(api, phoneNumber="+19005550199"), 400, "NUMBER_TYPE_NOT_ALLOWED")
        assert_refused(outbound(api, phoneNumber=PEOPLE[1], agentId="x"), 400, "AGENT_NOT_FOUND")

    assert called(api, PEOPLE[1]) == [200]


def test_a_dial_that_comes_up_against_a_limit_is_not_counted_by_the_others(
    api: ApiClient, office: Office, settings: Any, later: Callable[[float], None]
) -> None:
    limit_dials(settings, minute=1, hour=2, day=3)
    assert called(api, *PEOPLE[:9]) == [200] + [429] * 8
    later(61)
    assert called(api, *PEOPLE[10:19]) == [200] + [429] * 8
    later(3_601)
    assert called(api, *PEOPLE[20:29]) == [200] + [429] * 8
    later(7_202)

    assert_limited(outbound(api, phoneNumber=PEOPLE[30]), 86_400 - 7_201)


def test_a_repeated_request_is_not_counted_again(api: ApiClient, office: Office, settings: Any) -> None:
    limit_dials(settings, minute=1)

    answers = [outbound(api, contactId=office.contact.pk) for _ in range(3)]

    assert [(answer.status, answer.body["deduplicated"]) for answer in answers] == [(200, False), *[(200, True)] * 2]


def test_without_redis_nothing_is_dialled(api: ApiClient, office: Office, simulator: Simulator, settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port()}/0"

    with nothing_kept():
        assert_refused(outbound(api, contactId=office.contact.pk), 500, "LIMIT_UNAVAILABLE")
    assert dials(simulator) == 0


def test_a_limit_of_none_permits_no_dial(api: ApiClient, office: Office, settings: Any) -> None:
    limit_dials(settings, hour=0)

    assert_limited(outbound(api, contactId=office.contact.pk), 3_600)


# ---- Of an organization ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "seconds", "said"), [({"hour": 2}, 3_600, "2 times an hour"), ({"day": 2}, 86_400, "2 times a day")]
)
def test_an_organization_has_an_hour_and_a_day_for_all_of_its_users(
    api: ApiClient,
    office: Office,
    settings: Any,
    later: Callable[[float], None],
    limits: dict[str, int],
    seconds: int,
    said: str,
) -> None:
    limit_dials(settings, **limits)
    colleague = colleague_of(office)
    assert (called(api, PEOPLE[0]), called(colleague, PEOPLE[1])) == ([200], [200])

    for client in (api, colleague):
        answer = outbound(client, phoneNumber=PEOPLE[2])
        assert_limited(answer, seconds)
        assert said in answer.body["error"]
    later(seconds + 1)
    assert called(colleague, PEOPLE[2]) == [200]


def test_keys_and_users_share_what_their_organization_may_dial(api: ApiClient, office: Office, settings: Any) -> None:
    limit_dials(settings, hour=2)
    office.number.ai_agent = office.agent
    office.number.save()
    partner = partner_of(office.user)

    assert called(api, PEOPLE[0]) == [200]
    assert post(partner, body(phone_number=PEOPLE[1])).status == 201

    answer = post(partner, body(phone_number=PEOPLE[2]))
    assert_error(answer, 429, "rate_limit_exceeded")
    assert 1 <= int(answer.headers["Retry-After"]) <= 3_600
    assert answer.body["message"] == "Your organization may dial 2 times an hour"
    assert_limited(outbound(api, phoneNumber=PEOPLE[2]), 3_600)


def test_the_dials_of_a_key_do_not_count_for_its_user(api: ApiClient, office: Office, settings: Any) -> None:
    limit_dials(settings, minute=1)
    office.number.ai_agent = office.agent
    office.number.save()
    partner = partner_of(office.user)
    assert [post(partner, body(phone_number=number)).status for number in PEOPLE[:3]] == [201] * 3

    assert called(api, PEOPLE[3]) == [200]


def test_another_organization_has_limits_of_its_own(
    api: ApiClient, office: Office, other_user: User, simulator: Simulator, settings: Any
) -> None:
    limit_dials(settings, hour=1)
    assert called(api, PEOPLE[0], PEOPLE[1]) == [200, 429]

    # Of whoever it is: a number is one organization's.
    office.number.delete()
    make_office(other_user, simulator)
    assert called(logged_in(other_user), PEOPLE[1]) == [200]


# ---- All at once -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_users_at_the_last_dial_of_the_hour_one_has_it(
    office: Office, simulator: Simulator, settings: Any
) -> None:
    limit_dials(settings, hour=1)
    clients = [logged_in(office.user), colleague_of(office)]

    def dial(client: ApiClient, number: str) -> tuple[int, str | None]:
        answer = outbound(client, phoneNumber=number)
        return answer.status, answer.body.get("code")

    answers = at_once([partial(dial, client, number) for client, number in zip(clients, PEOPLE, strict=False)])

    assert Counter(answers) == {(200, None): 1, (429, "DIAL_LIMIT_REACHED"): 1}
    assert dials(simulator) == Call.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_last_dial_of_the_hour_who_comes_too_late_uses_up_nothing_of_their_own_minute(
    office: Office, settings: Any
) -> None:
    limit_dials(settings, hour=1, minute=1)
    users = [office.user, *(make_user(organization=office.user.organization) for _ in range(9))]
    organization_id = office.user.home_id

    def dial(user: User) -> bool:
        with suppress(TetherError):
            count_dial_by_user(user_id=user.pk, organization_id=organization_id)
            return True
        return False

    assert sorted(at_once([partial(dial, user) for user in users])) == [False] * 9 + [True]

    limit_dials(settings, hour=10, minute=1)
    assert [dial(user) for user in users].count(True) == 9


@pytest.mark.django_db(transaction=True)
def test_of_two_keys_and_a_user_at_the_last_dial_of_the_day_one_has_it(
    office: Office, simulator: Simulator, settings: Any
) -> None:
    limit_dials(settings, day=1)
    office.number.ai_agent = office.agent
    office.number.save()
    tasks: list[Callable[[], Answer]] = [
        partial(outbound, logged_in(office.user), phoneNumber=PEOPLE[0]),
        *(partial(post, partner_of(office.user), body(phone_number=number)) for number in PEOPLE[1:3]),
    ]

    answers = at_once(tasks)

    assert sorted(answer.status for answer in answers)[1:] == [429, 429]
    assert dials(simulator) == Call.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_dials_at_once_as_many_as_allowed_ring(office: Office, simulator: Simulator, settings: Any) -> None:
    limit_dials(settings, minute=5)
    clients = [logged_in(office.user) for _ in range(15)]

    answers = at_once(
        [partial(outbound, client, phoneNumber=number) for client, number in zip(clients, PEOPLE, strict=False)]
    )

    assert Counter(answer.status for answer in answers) == {200: 5, 429: 10}
    assert dials(simulator) == 5
