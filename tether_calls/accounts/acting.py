"""Who acts in a request, as the trails write it down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponseBase
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from tether_calls.accounts.models import ApiKey, User
from tether_calls.accounts.roles import is_platform_staff
from tether_calls.accounts.staff_reasons import asking_why, reason_in
from tether_calls.common.middleware import client_address
from tether_calls.trails.models import ActorKind
from tether_calls.trails.reports import Accessed, Actor
from tether_calls.trails.services.note_access import note_access
from tether_calls.trails.services.require_reason import require_reason

P = ParamSpec("P")


def actor_in(request: Request | HttpRequest, *, organization_id: str) -> Actor:
    """Who acts in the organization; of a request that passed no authentication, the service itself."""
    plain = request._request if isinstance(request, Request) else request
    user: Any = getattr(request, "user", None)
    auth: Any = getattr(request, "auth", None)
    ip = client_address(plain)
    if isinstance(auth, ApiKey):
        return actor_of_key(auth, ip=ip)
    if user is None or not user.is_authenticated:
        return Actor(kind=ActorKind.SYSTEM, ip=ip)
    reason = reason_in(plain, organization_id=organization_id) if is_platform_staff(user) else ""
    return actor_of_user(user, ip=ip, reason=reason)


def actor_of_user(user: User, *, ip: str = "", reason: str = "") -> Actor:
    """A user of the organization; or of the platform's staff, whatever organization they have been put into."""
    kind = ActorKind.PLATFORM_STAFF if is_platform_staff(user) else ActorKind.USER
    return Actor(kind=kind, id=user.pk, name=user.email, user_id=user.pk, ip=ip, reason=reason)


def actor_of_key(api_key: ApiKey, *, ip: str = "") -> Actor:
    return Actor(kind=ActorKind.API_KEY, id=api_key.pk, name=api_key.name, user_id=api_key.user_id, ip=ip)


def hands_out(request: Request, accessed: Iterable[Accessed]) -> None:
    """Have `leaves_access` write this down before the answer goes out; once more, in place of what was said before."""
    request._request.accessed = list(accessed)  # type: ignore[attr-defined]


def leaves_access(view: Callable[Concatenate[Any, Request, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """What the action hands out (`hands_out`) is written down before it is answered: one statement, none for nothing.

    It stands above `may_read_replica`, below which nothing is written. Raises REASON_REQUIRED: of what changes
    something, before it does.
    """

    @wraps(view)
    def leaving(viewset: Any, request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        hands_out(request, ())
        user: Any = request.user
        if request.method not in SAFE_METHODS:
            require_reason(organization_id=user.home_id, actor=actor_in(request, organization_id=user.home_id))
        response = view(viewset, request, *args, **kwargs)
        accessed: list[Accessed] = request._request.accessed  # type: ignore[attr-defined]
        if accessed:
            actor = actor_in(request, organization_id=user.home_id)
            note_access(organization_id=user.home_id, actor=actor, accessed=accessed)
        return response

    return leaving


def require_reason_in(request: HttpRequest, *, organization_id: str) -> None:
    """The same rule as of `note_access_in`, where a page leads to what is said. Raises REASON_REQUIRED."""
    require_reason(organization_id=organization_id, actor=actor_in(request, organization_id=organization_id))


def open_to(request: HttpRequest, organization_ids: Iterable[str]) -> set[str]:
    """Of these organizations those of which the user need not say why first. One statement for the platform's staff."""
    asked = set(organization_ids)
    user: Any = request.user
    if not asked or not is_platform_staff(user):
        return asked
    return asked - (asking_why(asked) - {each for each in asked if reason_in(request, organization_id=each)})


def note_access_in(request: HttpRequest, *accessed: Accessed, organization_id: str) -> None:
    """That the user of a page of the admin is handed this out, before it is. One statement, none for nothing.

    Raises REASON_REQUIRED.
    """
    note_access(
        organization_id=organization_id,
        actor=actor_in(request, organization_id=organization_id),
        accessed=accessed,
    )
