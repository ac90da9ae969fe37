"""What the demo's people have made of its calls: tags, dispositions, stars, notes."""

from __future__ import annotations

import random
from dataclasses import dataclass

from calls.demo.past_calls import PastCall
from calls.models import DispositionKind

# By name; what a call is about says which it has.
TAGS = {"Appointment": "#2563eb", "Billing": "#7c3aed", "Complaint": "#dc2626", "Follow up": "#d97706"}
DISPOSITIONS = {
    "Resolved": DispositionKind.POSITIVE,
    "Left a voicemail": DispositionKind.CALLBACK,
    "Call back": DispositionKind.CALLBACK,
    "Not interested": DispositionKind.NEGATIVE,
    "Wrong number": DispositionKind.NEUTRAL,
}
# Words of a summary, and the tag that they are the reason for.
_REASONS = (
    *(("appointment", "Appointment"), ("check-up", "Appointment"), ("invoice", "Billing"), ("quote", "Billing")),
    *(("charged twice", "Complaint"), ("missed", "Complaint"), ("call again", "Follow up"), ("Monday", "Follow up")),
)
_OUTCOMES = {"Resolved": 70, "Call back": 12, "Not interested": 10, "Wrong number": 3}
_REVIEWED, _STARRED = 0.6, 0.06
# Of the recorded calls, by what their summaries begin with: what was written of the newest of each.
_NOTES = {
    "Daniel confirmed": "@{colleague} the text message is his first reminder from us. Please see that it went out.",
    "Grace was charged": "The refund is on its way, says accounting. @{colleague} to hear before Monday's round.",
    "Priya has read": "She compares us with two others. The lower excess decided it.",
}


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """`note` has `{colleague}` where somebody is mentioned."""

    tags: tuple[str, ...] = ()
    disposition: str | None = None
    is_starred: bool = False
    note: str = ""


def reviews(calls: list[PastCall]) -> list[Reviewed]:
    """One of each call, in their order: the same at every installation."""
    chance = random.Random(2212)  # noqa: S311
    newest = {
        begin: max((at for at, call in enumerate(calls) if call.summary.startswith(begin)), default=-1)
        for begin in _NOTES
    }
    notes = {at: _NOTES[begin] for begin, at in newest.items()}
    return [_review(chance, call, notes.get(at, "")) for at, call in enumerate(calls)]


def _review(chance: random.Random, call: PastCall, note: str) -> Reviewed:
    is_reviewed, is_starred = chance.random() < _REVIEWED, chance.random() < _STARRED
    outcome = chance.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0]
    if not call.summary or not (is_reviewed or note):
        return Reviewed()
    if call.dialogue is not None:
        outcome = "Resolved"
    if "voicemail" in call.summary:
        outcome = "Left a voicemail"
    tags = dict.fromkeys(tag for words, tag in _REASONS if words in call.summary)
    return Reviewed(tags=tuple(tags), disposition=outcome, is_starred=is_starred or bool(note), note=note)
