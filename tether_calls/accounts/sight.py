"""Which calls of their organization a user sees: all, or where the organization narrows its roles, their own.

Own calls are those of the user and of the numbers that ring them; a department head's are those of everybody in the
department. Administrators and the platform's staff see all. API keys are systems of the organization's, not people:
what they may do is in their permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Q, QuerySet

from tether_calls.accounts.models import AccessRole, User
from tether_calls.common.phone import spellings
from tether_calls.common.sight import Sight

_KNOWN = "_sight"

# The ids of the calls that a sight includes.
CallsSeen = Callable[[Sight], QuerySet[Any, Any]]

# The contacts whom a sight includes, as a condition on them.
ContactsSeen = Callable[[Sight], Q]

_calls_seen: CallsSeen | None = None
_contacts_seen: ContactsSeen | None = None


def set_calls_seen(calls_seen: CallsSeen, contacts_seen: ContactsSeen) -> None:
    """Called once, by the app that knows calls: it lies above this one."""
    global _calls_seen, _contacts_seen
    _calls_seen, _contacts_seen = calls_seen, contacts_seen


def calls_seen(sight: Sight) -> QuerySet[Any, Any]:
    """The ids of the calls that it includes, for rows that name a call by its id."""
    assert _calls_seen is not None, "nobody knows calls: is calls installed?"
    return _calls_seen(sight)


def of_calls_seen(sight: Sight | None) -> Q:
    """A condition on rows with a `call_id`: those of no call, and those of calls that are seen."""
    return Q() if sight is None else Q(call_id=None) | Q(call_id__in=calls_seen(sight))


def of_contacts_seen(sight: Sight | None) -> Q:
    """A condition on contacts: whom the user has made, has a seen call with, or nobody has had a call with."""
    assert _contacts_seen is not None, "nobody knows calls: is calls installed?"
    return Q() if sight is None else _contacts_seen(sight)


def sees_all_calls(user: User) -> bool:
    """Whether nothing of the organization's calls is kept from the user. No statement: the organization is in hand."""
    return user.sees_all_calls


def sight_of(user: User) -> Sight | None:
    """What the user sees; None: all calls of the organization. One statement of who is narrowed, once for each user.

    The user's organization is in hand already.
    """
    if sees_all_calls(user):
        return None
    known: Sight | None = user.__dict__.get(_KNOWN)
    if known is None:
        known = user.__dict__[_KNOWN] = sights_of([user])[user.pk]
    return known


def sights_of(users: Collection[User]) -> dict[str, Sight | None]:
    """The same of several, by their ids. One statement, none where all of them see all."""
    narrowed = [user for user in users if not sees_all_calls(user)]
    found: dict[str, Sight | None] = {user.pk: None for user in users}
    if not narrowed:
        return found
    people = Q(pk__in=[user.pk for user in narrowed])
    if any(_department(user) for user in narrowed):
        people |= ~Q(department="")
    # wall: of the organizations of these users; which is whose is told apart below
    rows = User.objects.filter(people, organization_id__in={user.home_id for user in narrowed}).order_by("pk")
    colleagues = list(rows.values_list("pk", "organization_id", "department", *_NUMBER))
    for user in narrowed:
        seen = [
            (pk, number if of_number == home_id else None)
            for pk, home_id, department, number, of_number in colleagues
            if home_id == user.home_id and (pk == user.pk or department.casefold() == _department(user) != "")
        ]
        found[user.pk] = Sight(
            organization_id=user.home_id,
            user_ids=tuple(dict.fromkeys(pk for pk, _ in seen)),
            # A call keeps our number in the spelling of the vendor or provider that reported it.
            numbers=tuple(sorted({each for _, number in seen if number for each in spellings(number)})),
        )
    return found


# Numbers stay behind where their user moves to another organization.
_NUMBER = ("voice_phone_numbers__phone_number", "voice_phone_numbers__organization_id")


def _department(user: User) -> str:
    """The one whose calls the user sees as its head; empty where there is none."""
    return user.department.casefold() if user.access_role == AccessRole.DEPARTMENT_HEAD else ""
