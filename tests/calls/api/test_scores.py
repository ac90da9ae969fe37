"""Scorecards of an organization, and how calls were judged by them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calls.models import Call, CallScore, Criterion, CriterionScore, LegalHold, Scorecard
from calls.selectors.review.scorecards import criteria_of
from calls.services.review.scorecards import MOST_SCORECARDS
from tests.calls.api.scoring import SCORECARDS, make_score, make_scorecard
from tests.clients import ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, make_call, make_user
from tests.refusals import assert_fault, assert_refused
from tether_calls.accounts.models import AccessRole, Organization, User

pytestmark = pytest.mark.django_db

ASKED: list[dict[str, Any]] = [
    {"name": "Greets by name", "kind": "yes_no", "weight": 1},
    {"name": "Understands the request", "kind": "scale", "weight": 3},
]


@pytest.fixture
def call(user: User) -> Call:
    return make_call(user)


@pytest.fixture
def card(user: User) -> Scorecard:
    return make_scorecard(user, "Service")


def colleague(home: Organization, role: AccessRole) -> User:
    return make_user(organization=home, access_role=role)


def scores_at(call: Call) -> str:
    return f"/api/calls/{call.pk}/scores"


def answers(card: Scorecard, *values: int | None) -> list[dict[str, Any]]:
    criteria = criteria_of(card)
    given = zip(criteria, values, strict=False)
    return [{"criterionId": criterion.pk, "value": value} for criterion, value in given if value is not None]


def scored(api: ApiClient, call: Call, card: Scorecard, *values: int | None, **more: Any) -> dict[str, Any]:
    answer = api.put(scores_at(call), {"scorecardId": card.pk, "answers": answers(card, *values), **more})
    assert answer.status == 200, answer
    assert_is("CallScoreResponse", answer.body)
    document: dict[str, Any] = answer.body["score"]
    return document


# ---- Scorecards ------------------------------------------------------------------------------------------------------


def test_an_administrator_makes_one_and_everybody_reads_it(api: ApiClient, home: Organization) -> None:
    made = api.post(SCORECARDS, {"name": "Service", "criteria": ASKED})

    assert made.status == 201
    assert_is("ScorecardResponse", made.body)
    card = made.body["scorecard"]
    assert (card["name"], card["version"], card["archived"]) == ("Service", 1, False)
    assert [{key: each[key] for key in ("name", "kind", "weight")} for each in card["criteria"]] == ASKED
    rep = logged_in(colleague(home, AccessRole.SALES_REP))
    assert rep.get(SCORECARDS).body == {"success": True, "scorecards": [card]}
    assert rep.get(f"{SCORECARDS}/{card['_id']}").body["scorecard"] == card


def test_other_criteria_are_another_version_and_the_same_ones_are_not(api: ApiClient, card: Scorecard) -> None:
    path = f"{SCORECARDS}/{card.pk}"
    same = [{"name": each.name, "kind": each.kind, "weight": each.weight} for each in criteria_of(card)]

    assert api.patch(path, {"criteria": same, "name": "Renamed"}).body["scorecard"]["version"] == 1
    changed = api.patch(path, {"criteria": ASKED}).body["scorecard"]

    assert (changed["name"], changed["version"]) == ("Renamed", 2)
    assert [each["name"] for each in changed["criteria"]] == [each["name"] for each in ASKED]
    assert Criterion.objects.count() == 5


def test_names_are_unique_letter_case_aside(api: ApiClient, card: Scorecard, other_user: User) -> None:
    assert_refused(api.post(SCORECARDS, {"name": "SERVICE", "criteria": ASKED}), 409, "SCORECARD_EXISTS")
    other = make_scorecard(other_user, "Service")
    assert other.pk != card.pk
    second = api.post(SCORECARDS, {"name": "Sales", "criteria": ASKED}).body["scorecard"]
    assert_refused(api.patch(f"{SCORECARDS}/{second['_id']}", {"name": "service"}), 409, "SCORECARD_EXISTS")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"criteria": ASKED}, "name"),
        ({"name": "x" * 61, "criteria": ASKED}, "name"),
        ({"name": "x"}, "criteria"),
        ({"name": "x", "criteria": []}, "criteria"),
        ({"name": "x", "criteria": ASKED * 20}, "criteria"),
        ({"name": "x", "criteria": [{"name": "a", "weight": 0}]}, "criteria.0.weight"),
        ({"name": "x", "criteria": [{"name": "a", "weight": 101}]}, "criteria.0.weight"),
        ({"name": "x", "criteria": [{"name": "a", "kind": "stars"}]}, "criteria.0.kind"),
        ({"name": "x", "criteria": [{"name": " "}]}, "criteria.0.name"),
        ({"name": "x", "criteria": [{"name": "a"}, {"name": "A"}]}, "criteria.1.name"),
    ],
)
def test_what_is_no_scorecard_is_refused(api: ApiClient, body: dict[str, Any], path: str) -> None:
    assert_fault(api.post(SCORECARDS, body), path)
    assert not Scorecard.objects.exists()


def test_an_organization_has_so_many_and_no_more(api: ApiClient, user: User, home: Organization) -> None:
    Scorecard.objects.bulk_create(
        Scorecard(organization=home, name=str(number), key=str(number)) for number in range(MOST_SCORECARDS)
    )
    assert_refused(api.post(SCORECARDS, {"name": "x", "criteria": ASKED}), 409, "TOO_MANY_SCORECARDS")


def test_only_administrators_write_them_and_only_heads_score(home: Organization, call: Call, card: Scorecard) -> None:
    rep, head = (logged_in(colleague(home, role)) for role in (AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD))
    for client in (rep, head):
        assert_refused(client.post(SCORECARDS, {"name": "x", "criteria": ASKED}), 403, "FORBIDDEN")
        assert_refused(client.patch(f"{SCORECARDS}/{card.pk}", {"archived": True}), 403, "FORBIDDEN")
    assert_refused(rep.put(scores_at(call), {}), 403, "FORBIDDEN")
    assert_refused(rep.delete(scores_at(call)), 403, "FORBIDDEN")
    assert scored(head, call, card, 1)["percent"] == 100


def test_one_that_is_archived_is_offered_no_more_and_keeps_its_scores(
    api: ApiClient, user: User, call: Call, card: Scorecard
) -> None:
    scored(api, call, card, 1, 5, 1)
    api.patch(f"{SCORECARDS}/{card.pk}", {"archived": True})

    assert api.get(SCORECARDS).body["scorecards"] == []
    assert len(api.get(SCORECARDS, include="archived").body["scorecards"]) == 1
    assert api.get(scores_at(call)).body["average"] == 100
    # The score that is there can be corrected; another call gets none.
    assert scored(api, call, card, 0, 5, 1)["percent"] == 80
    refused = api.put(scores_at(make_call(user)), {"scorecardId": card.pk, "answers": answers(card, 1)})
    assert_fault(refused, "scorecardId")


# ---- Scores ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "percent"),
    [
        ((1, 5, 1), 100),
        ((0, 1, 0), 0),
        ((1, 3, 0), 50),
        # 3 x 3/4 of 5.
        ((0, 4, 0), 45),
        # What does not apply does not count: 3 x 1/4 of 3, and 1 of 2.
        ((None, 2, None), 25),
        ((1, None, 0), 50),
        ((None, 2, 1), 43.75),
    ],
)
def test_a_score_is_the_share_of_what_could_be_reached_by_the_weights(
    api: ApiClient, call: Call, card: Scorecard, values: tuple[int | None, ...], percent: float
) -> None:
    assert scored(api, call, card, *values)["percent"] == percent


def test_a_score_tells_who_gave_it_and_what_was_answered(
    api: ApiClient, user: User, call: Call, card: Scorecard
) -> None:
    given = answers(card, 1, 4)
    given[1]["comment"] = " Asked twice. "

    answer = api.put(scores_at(call), {"scorecardId": card.pk, "answers": given, "comment": "Friendly."})

    score = answer.body["score"]
    assert (score["scorecardName"], score["version"], score["comment"]) == ("Service", 1, "Friendly.")
    assert score["reviewer"] == {"_id": user.pk, "email": user.email, "fullName": user.full_name}
    assert [(each["name"], each["value"], each.get("comment")) for each in score["answers"]] == [
        ("Greets by name", 1, None),
        ("Understands the request", 4, "Asked twice."),
    ]


def test_each_reviewer_has_one_score_of_a_call(api: ApiClient, home: Organization, call: Call, card: Scorecard) -> None:
    head = logged_in(colleague(home, AccessRole.DEPARTMENT_HEAD))
    first = scored(api, call, card, 1, 5, 1)
    second = scored(api, call, card, 0, 1, 0)
    others = scored(head, call, card, 1, 3, 0)

    assert first["_id"] == second["_id"]
    listed = api.get(scores_at(call))
    assert_is("CallScoresResponse", listed.body)
    assert [each["_id"] for each in listed.body["scores"]] == [others["_id"], second["_id"]]
    assert listed.body["average"] == 25

    assert api.delete(scores_at(call)).status == 200
    assert_refused(api.delete(scores_at(call)), 404, "SCORE_NOT_FOUND")
    assert api.get(scores_at(call)).body["average"] == 50


def test_another_scorecard_takes_the_place_of_the_one_before(api: ApiClient, user: User, call: Call) -> None:
    service, sales = make_scorecard(user), make_scorecard(user)
    scored(api, call, service, 1)
    scored(api, call, sales, 0)

    assert [each["scorecardId"] for each in api.get(scores_at(call)).body["scores"]] == [sales.pk]
    assert CriterionScore.objects.count() == 1


def test_scores_keep_the_criteria_that_they_were_given_by(api: ApiClient, call: Call, card: Scorecard) -> None:
    before = scored(api, call, card, 1, 4, 1)
    api.patch(f"{SCORECARDS}/{card.pk}", {"criteria": ASKED})

    assert api.get(scores_at(call)).body["scores"] == [before]
    # It is corrected by the criteria that it has, and given anew by those of today.
    again = api.put(scores_at(call), {"scorecardId": card.pk, "answers": answers(card, 0, 4, 1)}).body["score"]
    assert (again["version"], again["percent"]) == (1, 65)
    card.refresh_from_db()
    assert scored(api, call, card, 1, 5)["version"] == 2
    old = [{"criterionId": each["criterionId"], "value": 1} for each in before["answers"]]
    assert_fault(api.put(scores_at(call), {"scorecardId": card.pk, "answers": old}), "answers")


def test_what_is_no_score_is_refused(api: ApiClient, user: User, call: Call, card: Scorecard) -> None:
    yes_no, scale, _ = (criterion.pk for criterion in criteria_of(card))
    foreign = criteria_of(make_scorecard(user))[0].pk
    for given, path in (
        ([], "answers"),
        ([{"criterionId": yes_no, "value": 2}], "answers.0.value"),
        ([{"criterionId": scale, "value": 0}], "answers.0.value"),
        ([{"criterionId": scale, "value": 6}], "answers.0.value"),
        ([{"criterionId": scale, "value": "5"}], "answers.0.value"),
        ([{"criterionId": scale, "value": True}], "answers.0.value"),
        ([{"criterionId": scale}], "answers.0.value"),
        ([{"criterionId": "x", "value": 1}], "answers.0.criterionId"),
        ([{"criterionId": foreign, "value": 1}], "answers"),
        ([{"criterionId": yes_no, "value": 1}] * 2, "answers.1.criterionId"),
        ([{"criterionId": yes_no, "value": 1, "comment": "x" * 501}], "answers.0.comment"),
    ):
        assert_fault(api.put(scores_at(call), {"scorecardId": card.pk, "answers": given}), path)
    long = {"scorecardId": card.pk, "answers": answers(card, 1), "comment": "x" * 2_001}
    assert_fault(api.put(scores_at(call), long), "comment")
    assert not CallScore.objects.exists()


def test_under_a_legal_hold_a_score_stays_as_it_was_given(
    api: ApiClient, user: User, home: Organization, call: Call, card: Scorecard
) -> None:
    first = scored(api, call, card, 1, 5)
    hold = LegalHold.objects.create(organization=home, scope="call", call_id=call.pk, reason="Claim")

    again = {"scorecardId": card.pk, "answers": answers(card, 0, 1)}
    assert_refused(api.put(scores_at(call), again), 409, "LEGAL_HOLD")
    assert_refused(api.delete(scores_at(call)), 409, "LEGAL_HOLD")
    assert [each["percent"] for each in api.get(scores_at(call)).body["scores"]] == [first["percent"]]
    # Another reviewer's first one changes nothing that was there.
    scored(logged_in(colleague(home, AccessRole.DEPARTMENT_HEAD)), call, card, 1, 1)
    scored(api, make_call(user), card, 1, 1)

    LegalHold.objects.filter(pk=hold.pk).update(released_at=timezone.now())
    assert api.delete(scores_at(call)).status == 200


def test_what_there_is_not_is_not_found(api: ApiClient, call: Call, card: Scorecard) -> None:
    body = {"scorecardId": UNKNOWN_ID, "answers": [{"criterionId": UNKNOWN_ID, "value": 1}]}
    assert_refused(api.put(scores_at(call), body), 404, "SCORECARD_NOT_FOUND")
    assert_refused(api.put(f"/api/calls/{UNKNOWN_ID}/scores", {**body, "scorecardId": card.pk}), 404, "CALL_NOT_FOUND")
    assert_refused(api.get(f"/api/calls/{UNKNOWN_ID}/scores"), 404, "CALL_NOT_FOUND")
    assert_refused(api.patch(f"{SCORECARDS}/{UNKNOWN_ID}", {"archived": True}), 404, "SCORECARD_NOT_FOUND")


def test_a_score_outlives_its_reviewer_and_goes_with_its_call(
    api: ApiClient, home: Organization, call: Call, card: Scorecard
) -> None:
    head = colleague(home, AccessRole.DEPARTMENT_HEAD)
    make_score(head, call, card)
    head.delete()
    assert "reviewer" not in api.get(scores_at(call)).body["scores"][0]

    call.delete()
    assert not CallScore.objects.exists()


def test_lists_cost_as_much_however_long_they_are(
    api: ApiClient, user: User, home: Organization, call: Call, card: Scorecard
) -> None:
    for path, most in ((SCORECARDS, 2), (scores_at(call), 5)):
        counts = []
        for _ in range(2):
            for _ in range(2):
                make_score(colleague(home, AccessRole.DEPARTMENT_HEAD), call, make_scorecard(user))
            with CaptureQueriesContext(connection) as captured:
                assert api.get(path).status == 200
            counts.append(len(captured))
        assert counts[0] == counts[1] <= most, path


# ---- What the database holds by itself -------------------------------------------------------------------------------


def test_the_database_takes_no_value_weight_or_percent_out_of_range(user: User, call: Call, card: Scorecard) -> None:
    score = make_score(user, call, card)
    yes_no, scale, _ = score.answers.order_by("criterion__position")
    wrong: list[Any] = [
        CriterionScore.objects.filter(pk=yes_no.pk).update,
        CriterionScore.objects.filter(pk=scale.pk).update,
    ]
    for update, value in zip(wrong, (2, 0), strict=True):
        with pytest.raises(IntegrityError), transaction.atomic():
            update(value=value)
    with pytest.raises(IntegrityError), transaction.atomic():
        Criterion.objects.filter(scorecard=card).update(weight=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        CallScore.objects.filter(pk=score.pk).update(percent=101)
    with pytest.raises(IntegrityError), transaction.atomic():
        CallScore.objects.create(
            organization=score.organization, call=call, reviewer=user, scorecard=card, version=1, percent=1
        )
