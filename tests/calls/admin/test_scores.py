"""Scorecards in the admin, and calls scored by them on their page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from calls.models import Call, CallScore, Criterion, Scorecard
from calls.selectors.review.scorecards import criteria_of
from tests.admin_site import add_to, admin_of, list_of, make_superuser, page_of, statements_of, text_of
from tests.calls.api.scoring import make_score, make_scorecard
from tests.factories import make_call, make_prompt, make_user
from tether_calls.accounts.models import AccessRole, Organization, User

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def member(home: Organization, role: AccessRole) -> tuple[Client, User]:
    user = make_user(organization=home, is_staff=True, access_role=role)
    return admin_of(user), user


@pytest.fixture
def chief(home: Organization) -> Client:
    return member(home, AccessRole.ADMIN)[0]


@pytest.fixture
def call(user: User) -> Call:
    return make_call(user)


def score_at(call: Call) -> str:
    return f"/admin/calls/call/{call.pk}/score/"


def filled_in(card: Scorecard, *values: Any, **more: Any) -> dict[str, Any]:
    answers = {f"criterion-{each.pk}": value for each, value in zip(criteria_of(card), values, strict=False)}
    return {"scorecard": card.pk, **answers, **more}


def form_of(*criteria: tuple[str, str, int], name: str = "Service", initial: int = 0, **more: Any) -> dict[str, Any]:
    """As the page sends it: rows of criteria, and one that was left empty."""
    form: dict[str, Any] = {"name": name, "criteria-TOTAL_FORMS": len(criteria) + 1, "criteria-INITIAL_FORMS": initial}
    for position, (asked, kind, weight) in enumerate([*criteria, ("", "scale", 1)]):
        row = {"name": asked, "kind": kind, "weight": weight, "position": position}
        form |= {f"criteria-{position}-{field}": value for field, value in row.items()}
    return form | more


GREETS, UNDERSTANDS = ("Greets by name", "yes_no", 1), ("Understands", "scale", 3)


def asked_by(card: Scorecard) -> list[tuple[str, str, int]]:
    return [(each.name, each.kind, each.weight) for each in criteria_of(card)]


# ---- Scorecards ------------------------------------------------------------------------------------------------------


def test_an_administrator_makes_one_with_its_criteria(chief: Client, home: Organization) -> None:
    assert chief.post(add_to(Scorecard), form_of(GREETS, UNDERSTANDS)).status_code == 302

    card = Scorecard.objects.get()
    assert (card.name, card.version, card.organization) == ("Service", 1, home)
    assert asked_by(card) == [GREETS, UNDERSTANDS]


def test_other_criteria_are_another_version_and_another_name_is_none(chief: Client, home: Organization) -> None:
    chief.post(add_to(Scorecard), form_of(GREETS, UNDERSTANDS))
    card = Scorecard.objects.get()
    ids = {f"criteria-{position}-id": each.pk for position, each in enumerate(criteria_of(card))}

    chief.post(page_of(card), form_of(GREETS, UNDERSTANDS, name="Renamed", initial=2, **ids))
    card.refresh_from_db()
    assert (card.name, card.version) == ("Renamed", 1)

    changed = form_of(GREETS, UNDERSTANDS, name="Renamed", initial=2, **ids)
    chief.post(page_of(card), {**changed, "criteria-0-DELETE": "on", "criteria-1-weight": 5})
    card.refresh_from_db()
    assert (card.version, asked_by(card)) == (2, [("Understands", "scale", 5)])
    assert Criterion.objects.count() == 3
    assert "Greets by name" not in chief.get(page_of(card)).content.decode()


@pytest.mark.parametrize(
    ("form", "told"),
    [
        (form_of(), "This field is required"),
        (form_of(GREETS, GREETS), "named twice"),
        (form_of(("Greets", "yes_no", 0)), "greater than or equal to 1"),
        (form_of(("Greets", "stars", 1)), "valid choice"),
        (form_of(("Greets", "yes_no", 101)), "less than or equal to 100"),
        (form_of(*((f"Greets {number}", "yes_no", 1) for number in range(31))), "at most 30"),
    ],
)
def test_what_is_no_scorecard_is_told(chief: Client, form: dict[str, Any], told: str) -> None:
    answer = chief.post(add_to(Scorecard), form)

    assert answer.status_code == 200
    assert told in str(answer.context["errors"])
    assert not Scorecard.objects.exists()


def test_others_read_them(user: User, home: Organization) -> None:
    card = make_scorecard(user)
    head, _ = member(home, AccessRole.DEPARTMENT_HEAD)

    assert "Understands the request" in head.get(page_of(card)).content.decode()
    assert head.get(add_to(Scorecard)).status_code == 403
    assert head.post(page_of(card), form_of(GREETS)).status_code == 403
    assert asked_by(card)[0] == GREETS


def test_a_scorecard_tells_how_agents_came_out(chief: Client, user: User, home: Organization) -> None:
    card, other = make_scorecard(user), make_scorecard(user)
    calls = [make_call(user, ai_agent=make_prompt(home, name=name)) for name in ("Mia", "Leo")]
    for call, values in zip(calls, ((1, 5, 1), (0, 1, 0)), strict=True):
        make_score(user, call, card, values)
    make_score(user, make_call(user, agent_name="Vendor's own"), other)

    table = text_of(chief.get(page_of(card))).partition("Agents, by scores")[2]

    assert re.search(r"Mia\s+1\s+100.0 %", table)
    assert re.search(r"Leo\s+1\s+0.0 %", table)
    assert "Vendor" not in table


def test_a_page_of_a_scorecard_costs_as_much_however_many_scores_there_are(
    chief: Client, user: User, home: Organization
) -> None:
    card = make_scorecard(user)
    chief.get(page_of(card))  # a first page may have the connection set up
    counts = []
    for _ in range(2):
        for _ in range(3):
            make_score(user, make_call(user, ai_agent=make_prompt(home)), card)
        counts.append(len(statements_of(chief, page_of(card))))
    assert counts[0] == counts[1] <= 7
    assert len(statements_of(chief, list_of(Scorecard))) <= 5


# ---- On the page of a call -------------------------------------------------------------------------------------------


def test_a_reviewer_scores_a_call_on_its_page(home: Organization, user: User, call: Call) -> None:
    client, reviewer = member(home, AccessRole.DEPARTMENT_HEAD)
    card = make_scorecard(user, "Service")
    remark = f"remark-{criteria_of(card)[1].pk}"

    answer = client.post(score_at(call), filled_in(card, 1, 4, "", comment=" Friendly. ", **{remark: "Asked twice."}))

    assert answer["Location"] == page_of(call)
    score = CallScore.objects.get()
    assert (score.reviewer, score.call, float(score.percent), score.comment) == (reviewer, call, 81.25, "Friendly.")
    page = text_of(client.get(page_of(call)))
    for text in ("81 %", "4 of 5", "Asked twice.", "Friendly.", "Service, version 1"):
        assert text in page


def test_the_form_has_what_one_has_answered(home: Organization, user: User, call: Call) -> None:
    client, reviewer = member(home, AccessRole.DEPARTMENT_HEAD)
    card = make_scorecard(user)
    make_score(reviewer, call, card, (0, 4, None), comment="So so.")
    scale = criteria_of(card)[1]

    box = client.post(score_at(call), filled_in(card, 0, 2), headers=HTMX).content.decode()

    assert "<html" not in box
    assert re.search(rf'name="criterion-{scale.pk}" value="2" checked', box)
    assert "15 %" not in box
    assert "Take back" in box
    client.post(score_at(call), {"delete": "1"})
    assert not CallScore.objects.exists()


def test_who_does_not_review_reads_scores_and_gives_none(home: Organization, user: User, call: Call) -> None:
    client, _ = member(home, AccessRole.SALES_REP)
    card = make_scorecard(user)
    make_score(user, call, card)

    page = client.get(page_of(call)).content.decode()

    assert "100 %" in page
    assert score_at(call) not in page
    client.post(score_at(call), filled_in(card, 0, 1, 0))
    client.post(score_at(call), {"delete": "1"})
    assert float(CallScore.objects.get().percent) == 100


@pytest.mark.parametrize("values", [(), ("",), ("x",), ("9", "9"), ("1" * 5_000,)])
def test_what_is_no_score_is_told_in_the_box(
    home: Organization, user: User, call: Call, values: tuple[str, ...]
) -> None:
    client, _ = member(home, AccessRole.DEPARTMENT_HEAD)

    answer = client.post(score_at(call), filled_in(make_scorecard(user), *values), headers=HTMX)

    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (200, True)
    assert not CallScore.objects.exists()


def test_calls_and_scorecards_of_another_organization_are_none(
    home: Organization, other_user: User, call: Call
) -> None:
    client, _ = member(home, AccessRole.ADMIN)
    card, foreign = make_scorecard(other_user, "Theirs"), make_call(other_user)

    assert client.post(score_at(foreign), filled_in(card, 1))["Location"] == "/admin/"
    client.post(score_at(call), filled_in(card, 1))
    assert "Theirs" not in client.get(page_of(call)).content.decode()
    assert not CallScore.objects.exists()


def test_a_superuser_scores_in_any_organization(user: User, call: Call) -> None:
    root = make_superuser()
    admin_of(root).post(score_at(call), filled_in(make_scorecard(user), 1))
    assert CallScore.objects.get().organization_id == call.organization_id


def test_the_provider_s_evaluation_stands_beside_it(chief: Client, user: User) -> None:
    call = make_call(
        user,
        analysis={
            "call_successful": "success",
            "evaluation_criteria_results": {
                "was_polite": {"result": "failure", "rationale": "<b>Interrupted.</b>"},
                "unheard_of": "text",
            },
            "sentiment_analysis": {"overall_label": "positive"},
        },
    )

    page = chief.get(page_of(call)).content.decode().partition('id="call-score"')[2].partition("</section>")[0]

    for text in ("Call successful", "Was polite", "failure", "&lt;b&gt;Interrupted.", "Sentiment", "positive"):
        assert text in page


@pytest.mark.parametrize("analysis", [None, [], "text", {"evaluation_criteria_results": []}, {"call_successful": None}])
def test_an_analysis_of_any_form_opens(chief: Client, user: User, analysis: Any) -> None:
    assert "provider's evaluation" not in text_of(chief.get(page_of(make_call(user, analysis=analysis))))


def test_the_page_costs_as_much_however_many_scores_and_criteria_there_are(
    chief: Client, home: Organization, user: User, call: Call
) -> None:
    chief.get(page_of(call))  # a first page may have the connection set up
    counts = []
    for _ in range(2):
        for _ in range(3):
            make_score(member(home, AccessRole.ADMIN)[1], call, make_scorecard(user))
        counts.append(len(statements_of(chief, page_of(call))))
    # One more than without any score: what was answered.
    assert counts[0] == counts[1] <= (25 if connection.vendor == "postgresql" else 19)
