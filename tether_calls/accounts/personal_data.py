"""What accounts know of persons on the line: next to nothing, since users are staff."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from tether_calls.accounts.models import (
    ApiKey,
    AvailabilityChange,
    CallingHours,
    EndedSession,
    OidcIdentity,
    OidcLogin,
    Organization,
    PasswordReset,
    RecoveryCode,
    SavedView,
    SecondFactor,
    User,
    UserSession,
    Wallet,
    WalletEntry,
)
from tether_calls.common.personal_data import (
    Cached,
    Files,
    Logged,
    Person,
    Place,
    register,
    register_cached,
    register_files,
    register_harmless,
    register_logged,
)


def _saved_views(person: Person) -> QuerySet[SavedView]:
    # wall: of the organization's users
    return SavedView.objects.filter(user__organization_id=person.organization_id)


def _changes(person: Person) -> QuerySet[LogEntry]:
    # Of the platform's staff too, by the ids of the person's rows.
    return LogEntry.objects.filter(Q(user__organization_id=person.organization_id) | Q(user__organization_id=None))


def _tells(person: Person, row: LogEntry) -> bool:
    traces = person.traces
    if row.object_id in traces.ids:
        return True
    # By a number, another organization may know the same person.
    # wall: asks whose user it was
    is_own = User.objects.filter(pk=row.user_id, organization_id=person.organization_id).exists()
    return is_own and traces.are_in(f"{row.object_repr}\n{row.change_message}")


def _is_blank(row: LogEntry) -> bool:
    return not row.object_repr and not row.change_message


def _blank(_person: Person, rows: Sequence[LogEntry]) -> None:
    """That something was changed, when and by whom stays."""
    LogEntry.objects.filter(pk__in=[row.pk for row in rows]).update(object_repr="", change_message="")


register(
    Place(
        name="savedViews",
        title="Saved views of staff that look for the person",
        model=SavedView,
        of=_saved_views,
        is_scanned=True,
        personal=("name", "query"),
        harmless={"the name of a list": ("list",)},
        order=60,
    ),
    Place(
        name="adminLog",
        title="What staff changed in the admin",
        model=LogEntry,
        of=_changes,
        tells=_tells,
        personal=("object_id", "object_repr", "change_message"),
        exported=("action_time",),
        erase=_blank,
        is_gone=_is_blank,
        kept="That something was changed stays, with time and user; the names of what was changed go.",
        order=60,
    ),
)
register_harmless("what the organization is called and has set", Organization, CallingHours)
register_harmless("staff, who have accounts and are no persons on the line", User, AvailabilityChange)
register_harmless("keys and sessions of staff", ApiKey, EndedSession, Session, OutstandingToken, UserSession)
register_harmless("how staff log in", OidcIdentity, OidcLogin, PasswordReset, RecoveryCode, SecondFactor)
register_harmless("words of the framework", Group, Permission, ContentType)
register_harmless(
    "books, which have to be kept: amounts, ids of calls, and the platform's notes of payments",
    Wallet,
    WalletEntry,
)
register_files(
    Files(storage="default", harmless="nothing is stored there"),
    Files(storage="staticfiles", harmless="what pages are made of"),
)
register_cached(
    Cached(module="tether_calls.common.locks", holds="who holds a lock", why="named by digests, gone within a minute"),
    Cached(module="tether_calls.background.clock", holds="when jobs ran", why="times only"),
    Cached(module="tether_calls.health", holds="a value to be read back", why="a constant"),
    Cached(module="tether_calls.wsgi", holds="nothing", why="it only connects"),
)
register_logged(
    Logged(form="line", why="numbers, names and texts are not logged; ids of rows are, which lead nowhere once erased"),
    Logged(form="json", why="the same, as JSON"),
)
