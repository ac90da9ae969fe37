"""The socket for pages of the admin: a ticket, which opens it together with the cookie of the session it was issued to.

Neither is enough alone. The cookie a browser sends along whatever page opens the socket; the ticket can be read by
pages of our own origin only, and whoever else comes by it lacks the cookie. So no page of strangers opens a socket, and
a ticket in a log is worth nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.core.signing import BadSignature, TimestampSigner
from django.http.cookie import parse_cookie
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from tether_calls.accounts.models import User
from tether_calls.accounts.sight import sight_of, sights_of
from tether_calls.accounts.staff_reasons import kept_reason
from tether_calls.accounts.tokens import PROVED_KEY, provider_counts
from tether_calls.common.admin import Who
from tether_calls.realtime.membership import Membership

# No token of another kind begins so. All of a ticket can be named as a subprotocol.
PREFIX = "ticket."
# From being issued to the handshake.
TICKET_SECONDS = 60
_SALT = "tether_calls.accounts.tickets"
_signer = TimestampSigner(sep=".", salt=_SALT)


@dataclass(frozen=True, slots=True)
class SessionGrant:
    """A membership that holds as long as a session of the admin."""

    session_key: str = field(repr=False)


def issue_ticket(*, user: User, organization_id: str, session_key: str) -> str:
    """A ticket of a user who may know of the organization (`may_hear`), for the session that asks for it."""
    said = {"user": user.pk, "organization": organization_id, "session": _digest(session_key)}
    return PREFIX + _signer.sign_object(said)


def may_hear(user: User, organization_id: str, *, is_proved: bool = False) -> bool:
    """Superusers choose an organization; other staff have their own.

    `is_proved`: their session has proved a second factor elsewhere (`tokens.provider_counts`).
    """
    if user.must_enrol and not is_proved:
        return False
    return Who.STAFF.includes(user) and (user.is_superuser or user.organization_id == organization_id)


def membership_of_ticket(ticket: str, *, cookies: str) -> Membership | None:
    """Whose events a ticket opens, sent with these cookies (as in the header); two statements.

    One more for a user who does not hear of all calls.
    """
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
    try:
        said: dict[str, str] = _signer.unsign_object(ticket.removeprefix(PREFIX), max_age=TICKET_SECONDS)
    except (BadSignature, ValueError):
        return None
    if not constant_time_compare(said["session"], _digest(key)):
        return None
    session = _sessions([key]).get(key)
    if session is None:
        return None
    asked = Membership(said["user"], said["organization"], session.expires_at, SessionGrant(key), is_reachable=False)
    user = _holders([asked])[0]
    return None if user is None else replace(asked, sight=sight_of(user))


def still_hold_tickets(memberships: Sequence[Membership]) -> list[bool]:
    """Whether their sessions go on, of users who may hear of the same as before; two statements.

    One more where some do not hear of all calls.
    """
    holders = _holders(memberships)
    sights = sights_of([user for user in holders if user is not None])
    return [user is not None and sights[user.pk] == one.sight for user, one in zip(holders, memberships, strict=True)]


def _holders(memberships: Sequence[Membership]) -> list[User | None]:
    """Their users, where the session goes on and they may still hear of the organization. Two statements."""
    sessions = _sessions([one.grant.session_key for one in memberships])
    # wall: users by id; of which organization they are is what is compared
    rows = User.objects.select_related("organization").filter(pk__in={one.user_id for one in memberships})
    users = {user.pk: user for user in rows}

    def holder(one: Membership) -> User | None:
        session, user = sessions.get(one.grant.session_key), users.get(one.user_id)
        if session is None or user is None or not session.is_of(user):
            return None
        return user if may_hear(user, one.organization_id, is_proved=session.is_proved) else None

    return [holder(one) for one in memberships]


def reason_in_session(membership: Membership) -> str:
    """What staff of the platform have said on a page of the admin whose socket it is; empty for sockets of others.

    One statement, none for those.
    """
    if not isinstance(membership.grant, SessionGrant):
        return ""
    session = _sessions([membership.grant.session_key]).get(membership.grant.session_key)
    is_theirs = session is not None and session.user_id == membership.user_id
    return kept_reason(session.data, organization_id=membership.organization_id) if session and is_theirs else ""


@dataclass(frozen=True, slots=True)
class _Session:
    user_id: str
    password: str = field(repr=False)
    expires_at: float
    data: Mapping[str, Any] = field(repr=False, default_factory=dict)

    @property
    def is_proved(self) -> bool:
        """Whether it has proved a second factor elsewhere."""
        return provider_counts(self.data.get(PROVED_KEY) is True)

    def is_of(self, user: User) -> bool:
        """Whether it is the user's, and the password the one that it began with."""
        hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
        return self.user_id == user.pk and any(constant_time_compare(self.password, each) for each in hashes)


def _sessions(keys: Sequence[str]) -> dict[str, _Session]:
    """Those that go on, by their keys. One statement."""
    model: Any = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()
    found = {}
    # wall: sessions are of users, of whatever organization
    for row in model.objects.filter(session_key__in={*keys} - {""}, expire_date__gt=timezone.now()):
        data = row.get_decoded()
        if SESSION_KEY in data:
            user_id, password = str(data[SESSION_KEY]), str(data.get(HASH_SESSION_KEY, ""))
            found[row.session_key] = _Session(user_id, password, row.expire_date.timestamp(), data)
    return found


def _digest(session_key: str) -> str:
    return salted_hmac(_SALT, session_key, algorithm="sha256").hexdigest()
