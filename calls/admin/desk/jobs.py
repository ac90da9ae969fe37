"""Jobs in the background: when each was done last, for superusers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from tether_calls.background.clock import PERIODS, Clock, read_clock
from tether_calls.common.admin import Who
from tether_calls.common.admin.display import NOTHING, moment


@dataclass(frozen=True)
class JobRow:
    name: str
    every: str
    done: str
    took: str
    state: str
    colour: str


def jobs_standing_still() -> str | None:
    """In words, for the start page; None: all is done in time. No statement, one request to the cache."""
    clock = _clock()
    if clock is None:
        return "The cache does not answer: nobody knows whether jobs are done"
    late = [row for row in _rows(clock) if row.state == "Late"]
    if late:
        return (
            f"{len(late)} job{'' if len(late) == 1 else 's'} of the service stand{'s' if len(late) == 1 else ''} still"
        )
    if clock.beat_is_late or clock.worker_is_late:
        return "Nobody takes the service's jobs"
    return None


@require_safe
def jobs_view(request: HttpRequest) -> HttpResponseBase:
    """The page."""
    if not Who.SUPERUSERS.includes(request.user):
        raise PermissionDenied
    clock = _clock()
    context = {
        **admin.site.each_context(request),
        "title": "Jobs",
        "has_heading": True,
        "rows": None if clock is None else _rows(clock),
        "clock": clock,
        "periods": PERIODS,
    }
    return TemplateResponse(request, "admin/desk/jobs.html", context)


def _clock() -> Clock | None:
    try:
        return read_clock()
    except Exception:
        # Any exception of the cache's client: then it is not known.
        return None


def _rows(clock: Clock) -> list[JobRow]:
    return [_row(clock, name, seconds) for name, (_, seconds) in settings.TETHER_JOBS.items()]


def _row(clock: Clock, name: str, seconds: float) -> JobRow:
    done = clock.done.get(name)
    every = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    words = name.replace("_", " ").capitalize()
    if done is None:
        state, colour = ("Late", "danger") if clock.worker_is_late else ("Not done yet", "info")
        return JobRow(words, every, NOTHING, NOTHING, state, colour)
    # A run that takes long is not late while it goes on.
    is_late = time.time() - done.at > PERIODS * seconds + settings.TETHER_JOB_SECONDS
    return JobRow(
        words,
        every,
        moment(datetime.fromtimestamp(done.at, UTC), with_seconds=True),
        f"{done.seconds:.1f} s",
        *(("Late", "danger") if is_late else ("On time", "success")),
    )
