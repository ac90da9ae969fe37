"""What a row of the list of calls tells, on two lines."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from calls.admin.label import KIND_COLOURS
from calls.models import Call, CallDirection, CallStatus
from calls.outcomes import AnsweredBy
from calls.selectors.call_marks import Marks
from tether_calls.common.admin import TetherAdmin
from tether_calls.common.admin.display import NOTHING, coloured, icon, label, minutes, moment
from tether_calls.common.money import money_text

# How unfold colours a status: what went well, what is going on, what was not answered, what broke.
STATUS_COLOURS: Mapping[str, str] = {
    CallStatus.COMPLETED: "success",
    CallStatus.ANSWERED: "info",
    CallStatus.IN_PROGRESS: "info",
    CallStatus.RINGING: "primary",
    CallStatus.INITIATED: "primary",
    CallStatus.NO_ANSWER: "warning",
    CallStatus.BUSY: "warning",
    CallStatus.FAILED: "danger",
    CallStatus.CANCELED: "warning",
}
_WAYS = {CallDirection.INBOUND: "call_received", CallDirection.OUTBOUND: "call_made"}
# Answers that are worth a word.
_NO_PERSON = tuple(each for each in AnsweredBy if each not in (AnsweredBy.HUMAN, AnsweredBy.UNKNOWN))
# More tags than this are a number.
_TAGS_SHOWN = 2


def who_of(call: Call) -> str:
    """What a call is called by: the person on the other side, else their number."""
    return str(call.contact or call.customer_number or "Unknown")


class CallColumns(TetherAdmin):
    """Methods, not fields: a field could be sorted by in the address bar."""

    @admin.display(description="Call")
    def story(self, call: Call) -> SafeString:
        """Who, and how it ended; then the place that was searched for, or the beginning of the summary."""
        marks: Marks = call.marks  # type: ignore[attr-defined]  # of CallChangeList
        # Who has no name is called by the number already.
        known = call.customer_number if call.contact is not None else "No summary"
        gist = call.excerpt or marks.beginning or known  # type: ignore[attr-defined]
        return format_html(
            '<span class="tether-story"><span class="tether-story-head">{}<bdi class="tether-who">{}</bdi>{}{}{}</span>'
            '<span class="tether-gist" dir="auto">{}</span></span>',
            icon(
                _WAYS[CallDirection(call.direction)], call.get_direction_display(), f"way tether-way-{call.direction}"
            ),
            who_of(call),
            label(call.get_status_display(), STATUS_COLOURS.get(call.status, "")),
            _marks(call, marks),
            format_html('<span class="tether-how">{}</span>', ending) if (ending := _ending(call)) else "",
            gist,
        )

    @admin.display(description="Start")
    def started(self, call: Call) -> SafeString:
        day, _, clock = moment(call.start_time).partition(", ")
        return format_html(
            '<time datetime="{}" class="tether-line">{} <span class="tether-second">{}</span></time>',
            call.start_time.isoformat(),
            day,
            clock,
        )

    @admin.display(description="From, to")
    def numbers(self, call: Call) -> SafeString:
        return _lines(call.from_number, call.to_number)

    @admin.display(description="Agent, by")
    def handled(self, call: Call) -> SafeString:
        agent = str(call.ai_agent) if call.ai_agent is not None else call.agent_name
        return _lines(agent, call.get_provider_display())

    @admin.display(description="Labels")
    def labels(self, call: Call) -> SafeString:
        """What people have made of it."""
        marks: Marks = call.marks  # type: ignore[attr-defined]
        disposition = call.disposition
        shown, others = marks.tags[:_TAGS_SHOWN], marks.tags[_TAGS_SHOWN:]
        names = ", ".join(tag.name for tag in others)
        return format_html(
            '<span class="tether-labels"><span class="tether-line">{}</span>'
            '<span class="tether-line">{}{}</span></span>',
            "" if disposition is None else label(disposition.name, KIND_COLOURS.get(disposition.kind, "")),
            format_html_join("", "{}", ((coloured(tag.name, tag.color),) for tag in shown)),
            format_html('<span title="{}">+{}</span>', names, len(others)) if others else "",
        )

    @admin.display(description="Length", ordering="duration")
    def length(self, call: Call) -> str:
        return minutes(call.duration)

    @admin.display(description="Cost", ordering="charged")
    def cost(self, call: Call) -> SafeString | str:
        marks: Marks = call.marks  # type: ignore[attr-defined]
        return NOTHING if marks.cost is None else _lines(money_text(marks.cost), marks.currency)


def _marks(call: Call, marks: Marks) -> SafeString:
    """What there is to hear and to read, and the star."""
    notes = f"{marks.notes} note{'s' if marks.notes > 1 else ''}"
    return format_html(
        "{}{}{}{}",
        icon("star", "Starred", "star") if call.is_starred else "",
        icon("phone_disabled", "Opted out", "opted-out") if call.opted_out_at is not None else "",
        icon("graphic_eq", "Recorded") if marks.has_recording else "",
        icon("sticky_note_2", notes) if marks.notes else "",
    )


def _ending(call: Call) -> str:
    """What the status has not said yet: the reason, and that no person answered."""
    reason = call.get_end_reason_display()
    told = [] if reason.lower() in ("", "unknown", call.get_status_display().lower()) else [reason]
    if call.answered_by in _NO_PERSON:
        told.append(f"answered by {call.get_answered_by_display()}".lower())
    return " · ".join(told)


def _lines(first: str, second: str) -> SafeString:
    return format_html(
        '<bdi class="tether-line">{}</bdi><bdi class="tether-line tether-second">{}</bdi>', first or NOTHING, second
    )
