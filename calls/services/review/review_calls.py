"""What people make of several calls at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from calls.services.review.review_call import CallReview, review_call
from tether_calls.common.errors import ErrorCode, TetherError

# Each is a transaction of its own, for which somebody waits: about 5 ms a call.
MOST_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Reviewed:
    """How many calls are so now, and why others are not: by the sentence, how many."""

    calls: int
    refused: dict[str, int]


def review_calls(*, organization_id: str, call_ids: Sequence[str], changes: CallReview) -> Reviewed:
    """`review_call` of each of them, at most MOST_AT_ONCE: each for itself, so that one that is refused stops no other.

    What is refused of all, such as a tag of others, is raised. Raises TAG_NOT_FOUND, DISPOSITION_NOT_FOUND,
    VALIDATION_ERROR of more calls than that.
    """
    if len(call_ids) > MOST_AT_ONCE:
        raise TetherError.of_field("calls", f"At most {MOST_AT_ONCE} at once")
    done, refused = 0, dict[str, int]()
    for call_id in call_ids:
        try:
            review_call(organization_id=organization_id, call_id=call_id, changes=changes)
        except TetherError as error:
            if error.code in _OF_ALL:
                raise
            refused[error.message] = refused.get(error.message, 0) + 1
        else:
            done += 1
    return Reviewed(done, refused)


_OF_ALL: Collection[ErrorCode] = (ErrorCode.TAG_NOT_FOUND, ErrorCode.DISPOSITION_NOT_FOUND)
