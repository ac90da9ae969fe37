"""A text goes to its carrier: claimed, asked for once, and again only where the carrier has certainly not taken it.

What a process leaves behind is told by the row: one that waits has certainly not been sent; one that is under way may
have been, and is `unknown` once nobody can be at it any more.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from calls.models import OutgoingText, TextPurpose, TextState
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.registry import provider_of
from calls.providers.texts import SentText, TextProblem, TextStatus, TextToSend
from calls.selectors.voice_accounts.accounts import credentials_of
from calls.services.texts.follow_text import follow_text
from calls.services.texts.seal import content_of
from contacts.selectors.permission import check_may_be_called
from conversations.models import Message
from tether_calls.background.jobs import until_stopping
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.http.limits import FetchLimits

logger = logging.getLogger(__name__)

_LIMITS = FetchLimits(connect_seconds=5, read_seconds=20, total_seconds=25, max_bytes=1024 * 1024)
# Longer than any request to a carrier takes: who has claimed a text before that is gone.
GONE_AFTER = timedelta(minutes=3)
# A request sends its text itself, right after it has written it down; one that is older has been left behind.
_LEFT_AFTER = timedelta(seconds=30)
# What waited for longer would surprise whoever gets it.
EXPIRES_AFTER = timedelta(hours=1)
_AT_A_TIME = 50
_OF_REQUESTS: Final = (TextPurpose.USER, TextPurpose.PARTNER)
# Before the second attempt, the third, and so on, of what was certainly not taken.
PAUSES: Final = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=15))

_AWAY: Final = frozenset({ProviderProblem.UNAVAILABLE, ProviderProblem.BUSY, ProviderProblem.UNKNOWN})
_PROBLEMS = {
    ProviderProblem.BUSY: TextProblem.LIMIT_REACHED,
    ProviderProblem.NOT_CONFIGURED: TextProblem.ACCOUNT_PROBLEM,
    ProviderProblem.UNAUTHORIZED: TextProblem.ACCOUNT_PROBLEM,
    ProviderProblem.NOT_FOUND: TextProblem.ACCOUNT_PROBLEM,
}
_OF_RULES = {
    ErrorCode.DO_NOT_CALL: TextProblem.DO_NOT_CALL,
    ErrorCode.OUTSIDE_CALLING_HOURS: TextProblem.OUTSIDE_HOURS,
    ErrorCode.NUMBER_TYPE_NOT_ALLOWED: TextProblem.NUMBER_NOT_ALLOWED,
}


def send_texts() -> None:
    """The job: what waits is sent, and what nobody can be at any more is unknown."""
    now = timezone.now()
    # wall: the job goes through the texts of every organization
    left = OutgoingText.objects.filter(state=TextState.UNDER_WAY, claimed_at__lt=now - GONE_AFTER)
    for text in until_stopping(list(left.order_by("id")[:_AT_A_TIME])):
        _settle(text, SentText(status=TextStatus.UNKNOWN))
    away: set[tuple[str, str]] = set()
    for text in until_stopping(_waiting(now)):
        if (text.organization_id, text.provider) in away:
            continue
        try:
            outcome = _hand_over(text=text, problem=_in_the_way(text), is_tried_again=True)
        except Exception:
            # One text that cannot be sent must not keep back all that follow.
            logger.exception("The text %s could not be sent", text.pk)
        else:
            if outcome.is_away:
                away.add((text.organization_id, text.provider))


def _waiting(now: datetime) -> list[OutgoingText]:
    """Of each organization the oldest first, and of all in turn: one's many keep no other's few waiting."""
    # wall: the job goes through the texts of every organization
    waiting = OutgoingText.objects.filter(Q(next_at=None) | Q(next_at__lte=now), state=TextState.WAITING)
    waiting = waiting.exclude(purpose__in=_OF_REQUESTS, created_at__gt=now - _LEFT_AFTER)
    turn = Window(RowNumber(), partition_by=F("organization_id"), order_by=F("id").asc())
    # With their messages: what is masked meanwhile is sealed in the same moment, and goes out as it was read here.
    return list(waiting.select_related("message").annotate(turn=turn).order_by("turn", "id")[:_AT_A_TIME])


def hand_over(
    *, text: OutgoingText, problem: TextProblem | None = None, is_tried_again: bool = False
) -> Message | None:
    """Send a text that waits, or give it up for a `problem`; None where somebody else has claimed it, or it is gone.

    Not within a transaction: the claim is committed before the carrier is asked. With `is_tried_again` a text that the
    carrier has certainly not taken waits once more, which is None too.
    """
    return _hand_over(text=text, problem=problem, is_tried_again=is_tried_again).message


@dataclass(frozen=True)
class _HandedOver:
    """`is_away`: the carrier did not answer, or takes nothing now; others of the account would fare no better."""

    message: Message | None = None
    is_away: bool = False


def _hand_over(*, text: OutgoingText, problem: TextProblem | None, is_tried_again: bool) -> _HandedOver:
    if not _claimed(text):
        return _HandedOver()
    if problem is not None:
        return _HandedOver(_settle(text, SentText(status=TextStatus.FAILED, problem=problem)))
    asked = _asked(text)
    if is_tried_again and asked.may_be_repeated:
        next_at = _next_attempt(text, timezone.now())
        if next_at is not None:
            _put_back(text, next_at)
            return _HandedOver(is_away=asked.is_away)
    return _HandedOver(_settle(text, asked.sent), is_away=asked.is_away)


def _next_attempt(text: OutgoingText, now: datetime) -> datetime | None:
    """When it is tried again; None where it has been often enough, or would be too late."""
    if text.attempts >= len(PAUSES):
        return None
    next_at = now + PAUSES[text.attempts]
    return next_at if next_at <= text.created_at + EXPIRES_AFTER else None


def _in_the_way(text: OutgoingText) -> TextProblem | None:
    """What is asked once more at the moment of sending."""
    if text.created_at < timezone.now() - EXPIRES_AFTER:
        return TextProblem.EXPIRED
    if text.purpose == TextPurpose.KEYWORD:
        # Whoever it goes to has just asked for it.
        return None
    try:
        check_may_be_called(organization_id=text.organization_id, phone_number=text.to_number, at=timezone.now())
    except TetherError as error:
        return _OF_RULES[error.code]
    return None


# durable: what follows is the outside world, which must find the claim committed.
@transaction.atomic(durable=True)
def _claimed(text: OutgoingText) -> bool:
    # Who has read it before another worker tried it leaves it alone: its pause has just begun.
    rows = OutgoingText.objects.of_organization(text.organization_id).filter(
        pk=text.pk, state=TextState.WAITING, attempts=text.attempts
    )
    return bool(rows.update(state=TextState.UNDER_WAY, claimed_at=timezone.now(), attempts=F("attempts") + 1))


def _put_back(text: OutgoingText, next_at: datetime) -> None:
    rows = OutgoingText.objects.of_organization(text.organization_id).filter(pk=text.pk, state=TextState.UNDER_WAY)
    rows.update(state=TextState.WAITING, next_at=next_at)


@dataclass(frozen=True)
class _Asked:
    """What has come of asking the carrier; `may_be_repeated`: certainly not taken, and later it may be."""

    sent: SentText
    may_be_repeated: bool = False
    is_away: bool = False


def _asked(text: OutgoingText) -> _Asked:
    """What the carrier answers, in all cases."""
    provider = provider_of(text.provider)
    try:
        credentials = credentials_of(text.organization_id, provider)
        content = content_of(text)
    except UndecipherableSecret:
        credentials = None
    if credentials is None:
        return _Asked(SentText(status=TextStatus.FAILED, problem=TextProblem.ACCOUNT_PROBLEM))
    to_send = TextToSend(
        message_id=text.message_id,
        from_number=text.from_number,
        to_number=text.to_number,
        content=content,
        reports_to=text.reports_to or None,
    )
    try:
        sent = provider.send_text(credentials, to_send, limits=_LIMITS)
    except ProviderError as error:
        if error.is_undecided:
            return _Asked(SentText(status=TextStatus.UNKNOWN), is_away=True)
        problem = _PROBLEMS.get(error.problem, TextProblem.PROVIDER_ERROR)
        return _Asked(
            SentText(status=TextStatus.FAILED, problem=problem, provider_code=error.reason),
            may_be_repeated=_was_not_taken(error),
            is_away=error.problem in _AWAY,
        )
    return _Asked(sent, may_be_repeated=sent.problem is TextProblem.LIMIT_REACHED)


def _was_not_taken(error: ProviderError) -> bool:
    """Whether it never got there, or the carrier says that it takes no more now."""
    return error.problem in (ProviderProblem.UNAVAILABLE, ProviderProblem.BUSY)


@transaction.atomic
def _settle(text: OutgoingText, sent: SentText) -> Message | None:
    """Reports of the carrier may have come before its answer; None where the text's contact has been deleted."""
    rows = OutgoingText.objects.of_organization(text.organization_id).filter(pk=text.pk)
    if not rows.update(state=TextState.DONE, sealed=""):
        return None
    return follow_text(
        organization_id=text.organization_id,
        message_id=text.message_id,
        status=sent.status,
        provider_message_id=sent.provider_message_id,
        problem=sent.problem,
        provider_code=sent.provider_code,
    )
