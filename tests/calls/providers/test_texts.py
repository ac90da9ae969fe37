"""Carriers' words for texts, each in one of ours."""

from __future__ import annotations

import pytest

from calls.providers.sinch import texts as sinch
from calls.providers.texts import RANKS, TextProblem, TextStatus
from calls.providers.twilio import texts as twilio
from tests.calls.providers.bodies import document


def test_every_status_of_ours_has_a_rank_and_delivered_is_the_last() -> None:
    assert set(RANKS) == set(TextStatus) - {TextStatus.RECEIVED}
    assert max(RANKS, key=RANKS.__getitem__) is TextStatus.DELIVERED
    assert min(RANKS, key=RANKS.__getitem__) is TextStatus.QUEUED


@pytest.mark.parametrize(
    ("codes", "problem"),
    [
        (("21610", "63014"), TextProblem.OPTED_OUT),
        (("30006", "21614", "21635"), TextProblem.CANNOT_RECEIVE),
        (("21211", "30005"), TextProblem.INVALID_NUMBER),
        (("30003", "30008", "30017"), TextProblem.UNREACHABLE),
        (("30007", "30004", "30450"), TextProblem.BLOCKED),
        (("21606", "21408", "30034"), TextProblem.SENDER_REFUSED),
        (("21611", "20429"), TextProblem.LIMIT_REACHED),
        (("21617", "21602"), TextProblem.CONTENT_REFUSED),
        (("20003", "30002"), TextProblem.ACCOUNT_PROBLEM),
        (("", "99999", "x"), None),
    ],
)
def test_twilios_codes_are_grouped(codes: tuple[str, ...], problem: TextProblem | None) -> None:
    assert {twilio.problem_of(code) for code in codes} == {problem}


@pytest.mark.parametrize(
    ("status", "code", "told", "problem"),
    [
        ("failed", 61, TextStatus.UNDELIVERED, TextProblem.OPTED_OUT),
        ("REJECTED", 150, TextStatus.FAILED, TextProblem.CANNOT_RECEIVE),
        ("Expired", 406, TextStatus.UNDELIVERED, TextProblem.UNREACHABLE),
        ("Failed", 15, TextStatus.UNDELIVERED, TextProblem.BLOCKED),
        ("Failed", 100, TextStatus.UNDELIVERED, TextProblem.INVALID_NUMBER),
        ("Failed", 64, TextStatus.UNDELIVERED, TextProblem.LIMIT_REACHED),
        ("Failed", 402, TextStatus.UNDELIVERED, TextProblem.SENDER_REFUSED),
        ("Failed", None, TextStatus.UNDELIVERED, TextProblem.PROVIDER_ERROR),
        ("Failed", True, TextStatus.UNDELIVERED, TextProblem.PROVIDER_ERROR),
        ("Delivered", 0, TextStatus.DELIVERED, None),
        ("Dispatched", 401, TextStatus.SENT, None),
        ("Sideways", 0, None, None),
    ],
)
def test_sinchs_codes_are_grouped(
    status: str, code: object, told: TextStatus | None, problem: TextProblem | None
) -> None:
    _, news = sinch.read_callback({**document("sinch/text_delivered.json"), "status": status, "code": code})
    assert (getattr(news, "status", None), getattr(news, "problem", None)) == (told, problem)
