"""What a key may do within a minute and within a day."""

from __future__ import annotations

import logging
from datetime import timedelta

from tether_calls.accounts.models import ApiKey
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.rate_limits import Allowance, LimitsUnavailable, take

logger = logging.getLogger(__name__)


def count_request(api_key: ApiKey) -> Allowance | None:
    """One request of the minute's; None where nothing can be counted: then requests are let through."""
    try:
        return take(f"requests:{api_key.pk}", limit=api_key.requests_per_minute, window=timedelta(minutes=1))
    except LimitsUnavailable:
        logger.exception("Requests cannot be counted: Redis is away")
        return None


def count_dial(api_key: ApiKey) -> Allowance:
    """One dial of the day's. Raises TOO_MANY_REQUESTS; LIMIT_UNAVAILABLE where nothing can be counted.

    Unlike requests, dials are refused then: each of them costs money, and rings at somebody's.
    """
    try:
        allowance = take(f"dials:{api_key.pk}", limit=api_key.dials_per_day, window=timedelta(days=1))
    except LimitsUnavailable as error:
        raise TetherError(ErrorCode.LIMIT_UNAVAILABLE) from error
    if not allowance.granted:
        raise TetherError(
            ErrorCode.TOO_MANY_REQUESTS,
            f"This API key may dial {allowance.limit} times a day",
            retry_after=allowance.reset_seconds,
        )
    return allowance
