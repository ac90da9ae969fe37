"""Why a provider did not do what it was asked: a closed table. Provider words never leave the provider's folder."""

from __future__ import annotations

from enum import StrEnum


class ProviderProblem(StrEnum):
    """What a caller has to know to go on; the reason in the provider's words is for the log."""

    NOT_SUPPORTED = "not_supported"  # the provider has no such capability: nothing was sent
    NOT_CONFIGURED = "not_configured"  # no credentials: nothing was sent
    UNAUTHORIZED = "unauthorized"  # 401, 403: our credentials are not accepted
    NOT_FOUND = "not_found"  # 404: the provider knows no such agent, number or call
    REFUSED = "refused"  # the provider understood the request and refused it (4xx, or 200 with success: false)
    BUSY = "busy"  # 429: a limit of ours or theirs; later may work
    UNAVAILABLE = "unavailable"  # no connection, or a look-up answered 5xx: certainly nothing was begun
    UNKNOWN = "unknown"  # after sending a time-out, a broken connection or a 5xx: it may have been done
    BAD_ANSWER = "bad_answer"  # 2xx with a body that is not the protocol's: it may have been done


# After these it is not known whether a dial took place: never dial again, ask later (reconciliation).
UNDECIDED = frozenset({ProviderProblem.UNKNOWN, ProviderProblem.BAD_ANSWER})


class ProviderError(Exception):
    """A request to a provider that failed. `str()` is safe to log: no credentials, no numbers, no bodies."""

    def __init__(self, problem: ProviderProblem, *, provider: str, status: int | None = None, reason: str = "") -> None:
        self.problem, self.provider, self.status, self.reason = problem, provider, status, reason
        super().__init__(f"{provider}: {problem}" + (f" ({status})" if status else ""))

    @property
    def is_undecided(self) -> bool:
        return self.problem in UNDECIDED


def is_not_there(error: ProviderError) -> bool:
    """Whether the provider knows nothing of that id, which is an answer to who asks or deletes."""
    return error.problem is ProviderProblem.NOT_FOUND
