"""Many finished calls kept together: the rows and events that `ingest_call` makes of each, in a few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from django.db import IntegrityError, OperationalError, transaction

from calls.models import Call, StorageMode
from calls.models.counting_triggers import count_together
from calls.opt_out.heard import OptOut
from calls.redaction.reports import redacted_report
from calls.reports import FinishedCall, RecordingSource, StoredRecording
from calls.selectors.pushes.known_calls import KnownCall, KnownCalls, known_calls
from calls.services.ingest_call import (
    Ingested,
    call_of,
    duplicate_of,
    events_of,
    has_denied_audio,
    heard_and_kept,
    silent_spans,
    summary_note_of,
    take_over,
)
from calls.services.lifecycle.apply_report import recording_of
from calls.services.lifecycle.call_message import plain_words
from calls.services.lifecycle.hear_opt_out import policy_of, take_opt_out
from calls.services.lifecycle.keep_words import keep_words_of_new
from calls.services.lifecycle.storage_mode import withhold
from calls.services.recordings.store_recording import Kept, discarded_unless_used, store_recording
from calls.services.review.named_labels import NamedLabels
from contacts.services import Callers
from conversations.models import Message
from conversations.services import CallMessages
from tether_calls.accounts.models import User
from tether_calls.common.errors import TetherError
from tether_calls.common.rows import new_row
from tether_calls.common.statements_of_many import insert_many
from tether_calls.common.transactions import is_rolled_back
from tether_calls.realtime.events import publish_all

# Each failure means that one of the same calls came in some other way meanwhile.
_ATTEMPTS = 20

# What became of each push: kept, there already, or refused.
Outcomes = list[Ingested | TetherError]


@dataclass(frozen=True)
class _Made:
    """A new call, of as much of its report as is kept, and what its customer asks."""

    report: FinishedCall
    heard: OptOut | None
    call: Call


@dataclass
class Push:
    """A call to be kept, with where its recording is and, once it is stored, what was stored."""

    report: FinishedCall
    source: RecordingSource | None = None
    stored: StoredRecording | None = None
    use: Kept | None = None
    # What its customer asks, once it has been looked for.
    heard: OptOut | None = None
    # As the call is where its words are kept, if it was made before anything was asked of the database.
    made_ahead: _Made | None = None


def make_ahead(*, user: User, push: Push) -> None:
    """What can be done of a push while the database has others to keep; `ingest_calls` does it, too. No statement."""
    push.report = redacted_report(push.report, user.redacts)
    push.made_ahead = _made(user, push.report, StorageMode.EVERYTHING)


def ingest_calls(
    *,
    user: User,
    pushes: Sequence[Push | TetherError],
    beside: Callable[[Outcomes], None],
    while_written: Callable[[], object] = lambda: None,
) -> Outcomes:
    """Keep calls that took place elsewhere, all in one transaction; `beside` writes in it what has to be true with it.

    What is an error already stays one, and so does a call whose recording is refused; the others are kept all the
    same, in order: of two with one identifier the first. At most 14 statements, one more for each placeholder that gets
    a name, those of `NamedLabels` for calls that come with labels, and two or three for each whose customer asks not to
    be called again. Raises the errors of `store_recording` that are
    ours, with nothing kept.
    """
    for push in pushes:
        if isinstance(push, Push) and push.made_ahead is None:
            push.report = redacted_report(push.report, user.redacts)
    with ExitStack() as stack:
        refused, mode = _store_recordings(user, pushes, stack)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    outcomes = _write(user, pushes, refused, mode, while_written)
                    beside(outcomes)
                break
            except (IntegrityError, OperationalError) as error:
                # Another request was faster, with the same call or with its contact: another look shows which.
                if not is_rolled_back(error) or attempt == _ATTEMPTS:
                    raise
        for push, outcome in zip(pushes, outcomes, strict=True):
            if isinstance(push, Push) and push.use is not None and isinstance(outcome, Ingested):
                push.use.is_used = not outcome.deduplicated and outcome.takes_recording
    return outcomes


def _store_recordings(
    user: User, pushes: Sequence[Push | TetherError], stack: ExitStack
) -> tuple[list[TetherError | None], str | None]:
    """Store those of calls that are new; they go again unless they are used.

    By position: why a call is refused. And what is kept of new calls, if it had to be known.
    """
    recorded = [push for push in pushes if isinstance(push, Push) and push.source is not None]
    known = _known(user, recorded) if recorded else None
    keeps_audio = known is not None and known.storage_mode == StorageMode.EVERYTHING
    there = {name for name, call in known.calls.items() if not call.is_live} if known is not None else set()
    refused: list[TetherError | None] = []
    for push in pushes:
        if isinstance(push, TetherError):
            refused.append(push)
            continue
        name = push.report.external_call_id
        try:
            if keeps_audio and push.source is not None and name not in there and not has_denied_audio(push.report):
                silent = silent_spans(user, push.report)
                push.stored = store_recording(organization_id=user.home_id, source=push.source, silent=silent)
                push.use = stack.enter_context(discarded_unless_used(push.stored))
        except TetherError as error:
            if error.status >= 500:
                raise
            refused.append(error)
            continue
        if name is not None:
            there.add(name)
        refused.append(None)
    return refused, known.storage_mode if known is not None else None


def _write(
    user: User,
    pushes: Sequence[Push | TetherError],
    refused: Sequence[TetherError | None],
    mode: str | None,
    while_written: Callable[[], object],
) -> Outcomes:
    """What became of each; in a transaction. `mode`: what is kept of new calls, where recordings were stored by it."""
    known_before = _known(user, [push for push in pushes if isinstance(push, Push)])
    there, mode = known_before.calls, mode or known_before.storage_mode
    outcomes: Outcomes = []
    new: list[tuple[int, Push, Call]] = []
    for position, (push, error) in enumerate(zip(pushes, refused, strict=True)):
        if isinstance(push, TetherError) or error is not None:
            outcomes.append(error or push)  # type: ignore[arg-type]  # an error is in both
            continue
        name = push.report.external_call_id
        known = there.get(name) if name is not None else None
        if known is not None and known.is_live:
            there[push.report.external_call_id or ""] = KnownCall(known.call_id)
            outcomes.append(take_over(user, push.report, push.stored, call_id=known.call_id))
            continue
        if known is None:
            made = _made_of(user, push, mode)
            withhold(made.call, mode)
            new.append((position, replace(push, report=made.report, heard=made.heard), made.call))
            known = KnownCall(made.call.pk)
            if name is not None:
                there[name] = known
        outcomes.append(duplicate_of(known.call_id))
    if new:
        _write_rows(user, [(push, call) for _, push, call in new], while_written)
    for position, _, call in new:
        outcomes[position] = Ingested(
            call_id=call.pk, contact_id=call.contact_id, conversation_id=call.conversation_id, deduplicated=False
        )
    return outcomes


def _made_of(user: User, push: Push, mode: str) -> _Made:
    """What was made ahead is for one attempt: the next one has rows of its own."""
    ahead, push.made_ahead = push.made_ahead, None
    return ahead if ahead is not None and mode != StorageMode.METADATA_ONLY else _made(user, push.report, mode)


def _made(user: User, report: FinishedCall, mode: str) -> _Made:
    report, heard = heard_and_kept(report, mode=mode)
    return _Made(report, heard, call_of(report, organization_id=user.home_id, user_id=user.pk))


def _write_rows(user: User, new: Sequence[tuple[Push, Call]], while_written: Callable[[], object]) -> None:
    organization_id = user.home_id
    callers = Callers(
        organization_id=organization_id,
        user_id=user.pk,
        phone_numbers=[push.report.customer_number for push, _ in new],
    )
    contacts = [callers.caller(push.report.customer_number, push.report.caller_name) for push, _ in new]
    callers.write()
    # Behind contacts and before conversations, as for a single push.
    labels = NamedLabels(organization_id=organization_id, reports=[push.report for push, _ in new])
    messages = CallMessages(
        organization_id=organization_id, user_id=user.pk, contact_ids=[contact.pk for contact in contacts]
    )
    conversations = [
        messages.leave(_message(push.report, call), contact_id=contact.pk, channel_identifier=push.report.own_number)
        for (push, call), contact in zip(new, contacts, strict=True)
    ]
    messages.write_conversations()
    for (_, call), contact, conversation in zip(new, contacts, conversations, strict=True):
        call.contact_id, call.conversation_id = contact.pk, conversation.pk
    call_tags = [call_tag for push, call in new for call_tag in labels.put_on(call, push.report)]
    _hear_opt_outs(organization_id, new)
    count_together()
    insert_many(_and_then([call for _, call in new], while_written))
    if call_tags:
        insert_many(call_tags)
    keep_words_of_new(*(call for _, call in new))
    if notes := [summary_note_of(call) for _, call in new if call.ai_summary]:
        insert_many(notes)
    recordings = {
        call.pk: [recording_of(call=call, stored=push.stored)] for push, call in new if push.stored is not None
    }
    if recordings:
        insert_many([recording for of_call in recordings.values() for recording in of_call])
    messages.write_messages()
    told = ((call.pk, event) for _, call in new for event in events_of(call, recordings.get(call.pk, [])))
    publish_all(organization_id=organization_id, of_calls=told)


def _and_then(calls: Iterable[Call], function: Callable[[], object]) -> Iterator[Call]:
    """The calls; `function` is called when all have been handed over, and before they are all written."""
    yield from calls
    function()


def _hear_opt_outs(organization_id: str, new: Sequence[tuple[Push, Call]]) -> None:
    """By their numbers, so that two that put the same ones on the list wait for each other."""
    heard = [(call, push.heard) for push, call in new if push.heard is not None]
    if not heard:
        return
    policy = policy_of(organization_id)
    for call, opt_out in sorted(heard, key=lambda each: each[0].customer_number):
        take_opt_out(call, opt_out, policy=policy)


def _message(report: FinishedCall, call: Call) -> Message:
    return new_row(
        Message,
        call_id=call.pk,
        content=report.summary or plain_words(call),
        direction=report.direction,
        status=report.status,
        sent_by=report.agent_name,
        is_ai_generated=bool(report.summary),
    )


def _known(user: User, pushes: Sequence[Push]) -> KnownCalls:
    names = {push.report.external_call_id for push in pushes if push.report.external_call_id is not None}
    return known_calls(organization_id=user.home_id, user_id=user.pk, external_call_ids=names)
