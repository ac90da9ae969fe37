"""What an organization may have so many of: two at once, of whom one takes the last, do not both get it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from calls.models import ListeningQueue, LiveCall, Scorecard, Tag
from calls.services.live_calls.push_live import Started, push_live
from calls.services.review import labels, listening_queues, named_labels, scorecards
from calls.services.review.scorecards import NewCriterion
from contacts.models import ContextVariable
from contacts.services import context
from tests.calls.api.ingesting import ingest
from tests.clients import vendor_of
from tests.factories import ingest_body
from tests.halfway import halfway
from tether_calls.accounts.models import AccessRole, User
from tether_calls.common.errors import TetherError
from tether_calls.common.querysets import OrganizationQuerySet


def start_call(user: User, name: str) -> None:
    started = Started(
        direction="outbound", from_number="+14165550100", to_number=f"+1416555017{name}", start_time=timezone.now()
    )
    push_live(user=user, external_call_id=name, told=started)


def make_tag(user: User, name: str) -> None:
    labels.create_label(Tag, user=user, organization_id=user.home_id, values={"name": name})


def bring_tag(user: User, name: str) -> None:
    ingest(vendor_of(user), ingest_body(externalCallId=name, tags=[name]))


def make_queue(user: User, name: str) -> None:
    listening_queues.create_queue(user=user, organization_id=user.home_id, values={"name": name})


def make_scorecard(user: User, name: str) -> None:
    criteria = [NewCriterion("Polite")]
    scorecards.create_scorecard(user=user, organization_id=user.home_id, name=name, criteria=criteria)


def make_variable(user: User, name: str) -> None:
    context.define_variable(
        organization_id=user.home_id,
        context_type="contact",
        name=f"plan{name}",
        display_name="Plan",
        variable_type="text",
    )


CEILINGS: dict[str, tuple[Callable[[User, str], None], Any, Any, str]] = {
    "live calls": (start_call, LiveCall, None, "TETHER_LIVE_CALLS"),
    "tags": (make_tag, Tag, labels, "MOST_LABELS"),
    "tags of pushed calls": (bring_tag, Tag, named_labels, "MOST_LABELS"),
    "listening queues": (make_queue, ListeningQueue, listening_queues, "MOST_QUEUES"),
    "scorecards": (make_scorecard, Scorecard, scorecards, "MOST_SCORECARDS"),
    "context variables": (make_variable, ContextVariable, context, "MOST_VARIABLES"),
}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's writers take turns")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", CEILINGS)
def test_of_two_at_once_one_gets_the_last(
    what: str, user: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, model, module, ceiling = CEILINGS[what]
    user.access_role = AccessRole.ADMIN
    user.save()
    if module is None:
        setattr(settings, ceiling, 2)
    else:
        monkeypatch.setattr(module, ceiling, 2)
    make(user, "1")

    def tried(name: str) -> None:
        with suppress(TetherError):
            make(user, name)

    halfway(partial(tried, "2"), partial(tried, "3"), after=r"SELECT COUNT\(\*\)")

    rows: OrganizationQuerySet[Any] = model.objects.of_organization(user.home_id)
    assert rows.count() == 2
