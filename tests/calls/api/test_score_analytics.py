"""Scores in GET /api/calls/analytics: counted and averaged by whatever calls are grouped by."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.calls.api.scoring import make_score, make_scorecard
from tests.calls.partner.partners import partner_of
from tests.clients import ApiClient
from tests.factories import make_call, make_prompt, make_user
from tether_calls.accounts.models import AccessRole, Organization, User

pytestmark = pytest.mark.django_db


def test_scores_are_counted_and_averaged_by_whatever_calls_are_grouped_by(
    api: ApiClient, user: User, home: Organization
) -> None:
    card = make_scorecard(user)
    mia, leo = make_prompt(home, name="Mia"), make_prompt(home, name="Leo")
    good, poor = make_call(user, ai_agent=mia), make_call(user, ai_agent=mia)
    make_call(user, ai_agent=leo)
    second = make_user(organization=home, access_role=AccessRole.DEPARTMENT_HEAD)
    make_score(user, good, card, (1, 5, 1))
    make_score(second, good, card, (1, 3, 0))
    make_score(user, poor, card, (0, 1, 0))

    asked = {"metric": ["count", "scoreCount", "averageScore"]}
    by_agent = api.get("/api/calls/analytics", **asked, groupBy="agent").body

    values = {group["key"]["agentName"]: group["values"] for group in by_agent["series"]}
    assert values == {"Mia": {"count": 2, "scoreCount": 3, "averageScore": 50}, "Leo": {"count": 1, "scoreCount": 0}}
    assert by_agent["totals"] == {"count": 3, "scoreCount": 3, "averageScore": 50}
    for grouping in ("hour", "day", "week", "month", "hourOfWeek", "status", "provider", "tag", "disposition"):
        found = api.get("/api/calls/analytics", **asked, groupBy=grouping).body
        assert [group["values"]["scoreCount"] for group in found["series"]] == [3], grouping
    outside = api.get("/api/calls/analytics", **asked, endDate="2001-01-01").body
    assert outside["totals"] == {"count": 0, "scoreCount": 0}


def test_partners_read_them_too(user: User) -> None:
    make_score(user, make_call(user), make_scorecard(user), (1, 3, 0))

    found = partner_of(user).get("/api/v1/calls/analytics", metric=["score_count", "average_score"]).body

    assert found["totals"] == {"score_count": 1, "average_score": 50}


def test_scores_of_another_organization_count_nowhere(api: ApiClient, user: User, other_user: User) -> None:
    make_call(user)
    make_score(other_user, make_call(other_user), make_scorecard(other_user))

    found = api.get("/api/calls/analytics", metric=["scoreCount", "averageScore"], groupBy="user").body

    assert found["totals"] == {"scoreCount": 0}


def test_scores_cost_a_statement_only_where_they_are_asked_for(api: ApiClient, user: User) -> None:
    counts = []
    for metric in ("count", "averageScore"):
        with CaptureQueriesContext(connection) as captured:
            assert api.get("/api/calls/analytics", metric=metric, groupBy="day").status == 200
        counts.append(len(captured))
    assert counts[1] == counts[0] + 1
