"""What the list of calls says above its rows: periods to choose from, and how far back was looked."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from calls.admin.call_list.changelist import CallChangeList
from calls.admin.call_list.start_filter import PERIODS, WITHIN
from tether_calls.common.admin.chips import EVERYTHING, asked_in
from tether_calls.common.admin.display import moment

_FROM, _TO = "start_time_from", "start_time_to"


def bar_of(changelist: CallChangeList, request: HttpRequest) -> dict[str, Any]:
    """For the template `admin/calls/call/change_list.html`."""
    asked, looked = asked_in(request.GET), changelist.looked
    kept = asked.copy()
    for name in (WITHIN, _FROM, _TO):
        kept.pop(name, None)
    return {
        "periods": [
            {"title": "Any time", "address": _address(kept), "is_on": not asked.keys() & {WITHIN, _FROM, _TO}},
            *(
                {"title": title, "address": _address(kept, **{WITHIN: key}), "is_on": asked.get(WITHIN) == key}
                for key, (title, _) in PERIODS.items()
            ),
        ],
        "range_is_on": _FROM in asked or _TO in asked,
        "range_kept": [(name, value) for name, values in kept.lists() for value in values],
        "range_from": asked.get(_FROM, ""),
        "range_to": asked.get(_TO, ""),
        "by_arrival": changelist.is_by_arrival(request),
        "looked_at": "" if looked is None else f"{looked.calls:,}",
        "looked_until": "" if looked is None else moment(looked.since),
        # By whole days, of which the last has been looked at in part.
        "earlier": "" if looked is None else _address(kept, **{_TO: f"{timezone.localtime(looked.since):%Y-%m-%d}"}),
    }


def _address(kept: QueryDict, **more: str) -> str:
    query = kept.copy()
    for name, value in more.items():
        query[name] = value
    return f"?{query.urlencode()}" if query else EVERYTHING
