"""What staff of the platform say of why they get at an organization's calls, and for how long it holds.

In the admin it is said on a page and kept in the session, for one organization and one hour; to the API it is said with
each request.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, MutableMapping
from typing import Any

from django.http import HttpRequest

from tether_calls.accounts.models import Organization

HEADER = "X-Access-Reason"
LEAST, MOST = 5, 500
SECONDS = 3600
_KEY = "access_reasons"
# Of so many organizations at once.
_KEPT_MOST = 20


def reason_of(text: Any) -> str:
    """The words, in one line; empty for what is no text, says next to nothing or does not fit into a row."""
    if not isinstance(text, str):
        return ""
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return words if LEAST <= len(words) <= MOST else ""


def keep_reason(session: MutableMapping[str, Any], *, organization_id: str, reason: str) -> None:
    """It holds from now on, for an hour."""
    held = {key: kept for key, kept in session.get(_KEY, {}).items() if _holds(kept) and key != organization_id}
    newest = dict(sorted(held.items(), key=lambda each: each[1]["until"])[1 - _KEPT_MOST :])
    session[_KEY] = {**newest, organization_id: {"reason": reason, "until": time.time() + SECONDS}}


def kept_reason(session: Mapping[str, Any], *, organization_id: str) -> str:
    """What was said; empty where nothing holds any more."""
    kept = session.get(_KEY, {}).get(organization_id)
    return str(kept["reason"]) if kept and _holds(kept) else ""


def reason_in(request: HttpRequest, *, organization_id: str) -> str:
    """By header where the request came with a token, else of the session."""
    if getattr(request, "auth", None) is not None:
        # As bytes, since a header is read as Latin-1 and people write UTF-8.
        return reason_of(request.headers.get(HEADER, "").encode("latin-1", "replace").decode("utf-8", "replace"))
    session: Any = getattr(request, "session", {})
    return kept_reason(session, organization_id=organization_id)


def asking_why(organization_ids: Collection[str]) -> set[str]:
    """Those of the organizations that ask staff of the platform. One statement."""
    asking = Organization.objects.filter(pk__in=organization_ids, requires_staff_reason=True).order_by()
    return set(asking.values_list("pk", flat=True))


def asks_why(organization_id: str) -> bool:
    """Whether the organization does."""
    return bool(asking_why([organization_id]))


def _holds(kept: Mapping[str, Any]) -> bool:
    return bool(kept["until"] > time.time())
