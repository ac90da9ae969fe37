"""Who acts in a request, as the trails write it down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response

from tether_calls.accounts.models import ApiKey, User
from tether_calls.accounts.roles import is_platform_staff
from tether_calls.common.middleware import client_address
from tether_calls.trails.models import ActorKind
from tether_calls.trails.reports import Accessed, Actor
from tether_calls.trails.services.note_access import note_access

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
    return actor_of_user(user, organization_id=organization_id, ip=ip)


def actor_of_user(user: User, *, organization_id: str, ip: str = "") -> Actor:
    """A user of the organization, or of the platform's staff."""
    is_of_another = user.organization_id != organization_id and is_platform_staff(user)
    kind = ActorKind.PLATFORM_STAFF if is_of_another else ActorKind.USER
    return Actor(kind=kind, id=user.pk, name=user.email, user_id=user.pk, ip=ip)


def actor_of_key(api_key: ApiKey, *, ip: str = "") -> Actor:
    return Actor(kind=ActorKind.API_KEY, id=api_key.pk, name=api_key.name, user_id=api_key.user_id, ip=ip)


def hands_out(request: Request, accessed: Iterable[Accessed]) -> None:
    """Have `leaves_access` write this down before the answer goes out; once more, in place of what was said before."""
    request._request.accessed = list(accessed)  # type: ignore[attr-defined]


def leaves_access(view: Callable[Concatenate[Any, Request, P], Response]) -> Callable[..., Response]:
    """What the action hands out (`hands_out`) is written down before it is answered: one statement, none for nothing.

    It stands above `may_read_replica`, below which nothing is written.
    """

    @wraps(view)
    def leaving(viewset: Any, request: Request, *args: P.args, **kwargs: P.kwargs) -> Response:
        hands_out(request, ())
        response = view(viewset, request, *args, **kwargs)
        accessed: list[Accessed] = request._request.accessed  # type: ignore[attr-defined]
        if accessed:
            user: Any = request.user
            actor = actor_in(request, organization_id=user.home_id)
            note_access(organization_id=user.home_id, actor=actor, accessed=accessed)
        return response

    return leaving


def note_access_in(request: HttpRequest, *accessed: Accessed, organization_id: str) -> None:
    """That the user of a page of the admin is handed this out, before it is. One statement, none for nothing."""
    note_access(
        organization_id=organization_id,
        actor=actor_in(request, organization_id=organization_id),
        accessed=accessed,
    )
