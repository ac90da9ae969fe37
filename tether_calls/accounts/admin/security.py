"""The page on which members of staff see to how they log in: two-factor login, and where they are logged in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache

from tether_calls.accounts.models import User, UserSession
from tether_calls.accounts.qr_codes import qr_svg
from tether_calls.accounts.services import passwords, second_factor, user_sessions
from tether_calls.common.admin import refuse_nul
from tether_calls.common.admin.display import moment
from tether_calls.common.errors import TetherError
from tether_calls.common.middleware import client_address

_TEMPLATE = "admin/accounts/user/security.html"


@dataclass(frozen=True)
class ShownSession:
    id: str
    kind: str
    began: str
    address: str
    browser: str
    is_current: bool


@dataclass
class Shown:
    """What a request leaves to be shown once."""

    recovery_codes: list[str] = field(default_factory=list)


_Do = Callable[[HttpRequest, User, Shown], str]


@never_cache
def security_view(request: HttpRequest) -> HttpResponseBase:
    """Show it, or do what one of its forms asks for."""
    refuse_nul(request)
    user: Any = request.user
    shown = Shown()
    if request.method == "POST":
        do = _ACTIONS.get(request.POST.get("action", ""))
        try:
            if do is not None:
                messages.success(request, do(request, user, shown))
        except TetherError as error:
            messages.error(request, f"{error.message}.")
        if not shown.recovery_codes:
            return HttpResponseRedirect(reverse("admin:accounts_user_security"))
    return TemplateResponse(request, _TEMPLATE, _context(request, user, shown))


def _context(request: HttpRequest, user: User, shown: Shown) -> dict[str, Any]:
    enrolment = None if user.has_two_factor else second_factor.pending_enrolment(user)
    current = request.session.session_key
    return {
        **admin.site.each_context(request),
        "title": "Login and sessions",
        "is_enabled": user.has_two_factor,
        "is_required": user.organization is not None and user.organization.requires_two_factor,
        "has_password": user.has_usable_password(),
        "codes_left": second_factor.recovery_codes_left(user) if user.has_two_factor else 0,
        "secret": "" if enrolment is None else enrolment.secret,
        # Made here, of a secret of ours: nothing of it is a stranger's.
        "qr_code": "" if enrolment is None else SafeString(qr_svg(enrolment.uri)),
        "recovery_codes": shown.recovery_codes,
        "sessions": [_session(session, current) for session in user_sessions.sessions_of(user)],
    }


def _session(session: UserSession, current: str | None) -> ShownSession:
    return ShownSession(
        id=session.pk,
        kind=session.get_kind_display(),
        began=moment(session.created_at),
        address=session.address,
        browser=session.user_agent,
        is_current=bool(session.session_key) and session.session_key == current,
    )


def _begin(request: HttpRequest, user: User, shown: Shown) -> str:
    passwords.check_password_of(user=user, password=request.POST.get("password"), address=client_address(request))
    second_factor.begin_enrolment(user=user)
    return "Scan the code with your authenticator app, then enter what it shows."


def _confirm(request: HttpRequest, user: User, shown: Shown) -> str:
    shown.recovery_codes = second_factor.confirm_enrolment(user=user, code=_code(request))
    return "From now on a code is asked for when you log in."


def _renew(request: HttpRequest, user: User, shown: Shown) -> str:
    shown.recovery_codes = second_factor.renew_recovery_codes(user=user, code=_code(request))
    return "The recovery codes from before are void."


def _disable(request: HttpRequest, user: User, shown: Shown) -> str:
    second_factor.disable(user=user, code=_code(request))
    return "No code is asked for any more."


def _end(request: HttpRequest, user: User, shown: Shown) -> str:
    user_sessions.end_one(user=user, session_id=request.POST.get("session", ""))
    return "The session is ended."


def _end_others(request: HttpRequest, user: User, shown: Shown) -> str:
    own = user_sessions.session_with_key(user, request.session.session_key)
    ended = user_sessions.end_others(user=user, but=None if own is None else own.pk)
    return f"Sessions ended: {ended}."


def _code(request: HttpRequest) -> str:
    return request.POST.get("otp", "")[:40]


_ACTIONS: dict[str, _Do] = {
    "begin": _begin,
    "confirm": _confirm,
    "renew": _renew,
    "disable": _disable,
    "end": _end,
    "end_others": _end_others,
}
