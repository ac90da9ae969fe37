"""Who of an organization is there, and who could take a call that is handed over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Max, Q
from django.utils import timezone

from calls.models import Call
from calls.providers.registry import carriers
from calls.selectors.desk.under_way import RUNNING
from tether_calls.accounts.models import User
from tether_calls.realtime.presence import present_among

# A call that began longer ago keeps nobody busy: its end was lost, and is looked for elsewhere. It is also as far back
# as idle people are told apart by their calls.
_LONGEST_CALL = timedelta(hours=4)


class PersonState(StrEnum):
    """What a person is doing; only who is free is handed a call."""

    FREE = "free"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    OFFLINE = "offline"


@dataclass(frozen=True, kw_only=True)
class PersonNow:
    """A user at this moment; `since`: from when they have been in their state, as far as that is known."""

    user: User
    state: PersonState
    since: datetime | None

    @property
    def is_online(self) -> bool:
        return self.state is not PersonState.OFFLINE


def online_users(*, organization_id: str) -> frozenset[str]:
    """The ids of the organization's users with a socket. One statement, and one round trip to the cache.

    Not within a transaction, because of the latter.
    """
    users = User.objects.of_organization(organization_id).filter(is_active=True)
    return present_among(organization_id=organization_id, user_ids=list(users.order_by().values_list("pk", flat=True)))


def people_now(*, organization_id: str, online: Collection[str], only_online: bool = False) -> list[PersonNow]:
    """The organization's users, those first who have been free for longest. Two statements; `online` are ids."""
    users = User.objects.of_organization(organization_id).filter(is_active=True)
    if only_online:
        users = users.filter(pk__in=online)
    found = list(users.order_by("pk"))
    talks = _talks(organization_id, [user.pk for user in found if user.pk in online])
    people = [_person(user, is_online=user.pk in online, talks=talks) for user in found]
    return sorted(
        people, key=lambda person: (_ORDER[person.state], person.since is not None, person.since, person.user.pk)
    )


@dataclass(frozen=True, kw_only=True)
class _Talks:
    """`since`: when the call that goes on began; `until`: when the last one ended."""

    since: datetime | None
    until: datetime | None


_ORDER = {state: place for place, state in enumerate(PersonState)}


def _talks(organization_id: str, user_ids: Collection[str]) -> Mapping[str, _Talks]:
    """Of calls that people hold themselves, not those that they have agents hold. One statement."""
    calls = Call.objects.of_organization(organization_id).filter(
        user_id__in=user_ids,
        provider__in=carriers(),
        ai_agent=None,
        ai_conversation_id=None,
        start_time__gte=timezone.now() - _LONGEST_CALL,
    )
    rows = (
        calls.order_by()
        .values_list("user_id")
        .annotate(
            running=Count("pk", filter=Q(status__in=RUNNING)),
            since=Max("start_time", filter=Q(status__in=RUNNING)),
            until=Max("end_time"),
        )
    )
    return {user_id: _Talks(since=since if running else None, until=until) for user_id, running, since, until in rows}


def _person(user: User, *, is_online: bool, talks: Mapping[str, _Talks]) -> PersonNow:
    changed, talk = user.availability_changed_at, talks.get(user.pk)
    if not is_online:
        return PersonNow(user=user, state=PersonState.OFFLINE, since=None)
    if talk is not None and talk.since is not None:
        return PersonNow(user=user, state=PersonState.BUSY, since=talk.since)
    if not user.is_available:
        return PersonNow(user=user, state=PersonState.UNAVAILABLE, since=changed)
    moments = [moment for moment in (changed, talk.until if talk else None) if moment is not None]
    return PersonNow(user=user, state=PersonState.FREE, since=max(moments, default=None))
