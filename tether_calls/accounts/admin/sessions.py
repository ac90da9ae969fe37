"""Sessions of the admin that begin are among their user's."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tether_calls.accounts.services.user_sessions import note_admin_session
from tether_calls.common.middleware import client_address


def note_begun(request: HttpRequest, user: Any) -> None:
    """The request's session has begun."""
    key = request.session.session_key
    if key is not None:
        note_admin_session(
            user=user,
            session_key=key,
            address=client_address(request),
            user_agent=request.META.get("HTTP_USER_AGENT", ""),
        )
