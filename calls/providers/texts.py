"""Text messages as all carriers agree on them: what is sent, what becomes of it, and what comes in. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class TextStatus(StrEnum):
    """How far a text has come; of one that came in, `received`."""

    QUEUED = "queued"  # kept here, or in the carrier's queue
    UNKNOWN = "unknown"  # perhaps sent: the carrier's answer was lost
    SENT = "sent"  # on to the next network; often the last that is heard
    FAILED = "failed"  # never left us, or the carrier
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"
    RECEIVED = "received"


# A status gives way to a greater one only, so that reports in any order come to the same.
RANKS: Final = {
    status: rank
    for rank, status in enumerate(
        (
            TextStatus.QUEUED,
            TextStatus.UNKNOWN,
            TextStatus.SENT,
            TextStatus.FAILED,
            TextStatus.UNDELIVERED,
            TextStatus.DELIVERED,
        )
    )
}
NOT_DELIVERED: Final = frozenset({TextStatus.FAILED, TextStatus.UNDELIVERED})


class TextProblem(StrEnum):
    """Why a text did not arrive, whoever says so: a stable code for clients."""

    # What carriers say.
    OPTED_OUT = "opted_out"
    CANNOT_RECEIVE = "cannot_receive"  # a landline, or a network without texts
    INVALID_NUMBER = "invalid_number"
    UNREACHABLE = "unreachable"  # off, or no network; perhaps later
    BLOCKED = "blocked"  # taken for spam, by somebody on the way
    SENDER_REFUSED = "sender_refused"  # our number: not registered, not for texts, not for this country
    LIMIT_REACHED = "limit_reached"
    CONTENT_REFUSED = "content_refused"
    ACCOUNT_PROBLEM = "account_problem"
    PROVIDER_ERROR = "provider_error"
    # What is found here before anything is sent.
    DO_NOT_CALL = "do_not_call"
    OUTSIDE_HOURS = "outside_hours"
    NUMBER_NOT_ALLOWED = "number_not_allowed"
    EXPIRED = "expired"  # it waited here for too long


class OptWord(StrEnum):
    """What a text asks for that is nothing but a keyword."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True, kw_only=True)
class TextToSend:
    """Numbers in E.164; `message_id` is ours, and comes back with what the carrier reports.

    `reports_to` is where it reaches us, such as https://calls.example.com; None: it reports nothing.
    """

    message_id: str
    from_number: str
    to_number: str
    content: str
    reports_to: str | None


@dataclass(frozen=True, kw_only=True)
class SentText:
    """A carrier's answer: taken, with its id of the text, or refused for a reason (`problem`) that it names."""

    provider_message_id: str = ""
    status: TextStatus = TextStatus.QUEUED
    problem: TextProblem | None = None
    # The reason in the carrier's own words.
    provider_code: str = ""


@dataclass(frozen=True, kw_only=True)
class TextReport:
    """What a carrier reports of a text of ours. `status` None: in words that nobody knows."""

    provider_message_id: str
    # Our own id, where the carrier carried it along.
    message_id: str | None
    status: TextStatus | None
    problem: TextProblem | None = None
    provider_code: str = ""


@dataclass(frozen=True, kw_only=True)
class IncomingText:
    """A text to a number of ours. `from_number` None: from no telephone, such as a name.

    `opt_word`: what the carrier took it for, by keywords of its own; None where it says nothing of that.
    `is_answered`: the carrier answers this keyword itself.
    """

    provider_message_id: str
    from_number: str | None
    to_number: str
    content: str
    media_count: int = 0
    opt_word: OptWord | None = None
    is_answered: bool = False


TextNews = TextReport | IncomingText
