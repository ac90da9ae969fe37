"""Why a login at the provider comes to nothing: a closed table, for the log. Nobody is quoted in it."""

from __future__ import annotations

from enum import StrEnum


class OidcProblem(StrEnum):
    # Of the browser that comes back.
    STRANGE_STATE = "it is not of this browser, or too old"
    REPLAYED = "it has come back before"
    REFUSED_THERE = "the provider let nobody in"
    # Of the provider.
    UNREACHABLE = "the provider did not answer"
    BUSY = "too many logins wait for the provider"
    BAD_DISCOVERY = "the discovery document cannot be used"
    BAD_KEYS = "the provider's keys cannot be read"
    CODE_REFUSED = "the provider did not take its code"
    BAD_ANSWER = "the provider's answer has no ID token"
    # Of what the provider says.
    BAD_TOKEN = "the ID token cannot be read"  # noqa: S105  # a sentence
    BAD_SIGNATURE = "the ID token is not signed by the provider"
    WRONG_ALGORITHM = "the ID token is signed in a way that is not allowed"
    UNKNOWN_KEY = "the ID token is signed by a key that the provider does not publish"
    WRONG_ISSUER = "the ID token is of another issuer"
    WRONG_AUDIENCE = "the ID token is for somebody else"
    WRONG_NONCE = "the ID token is of another login"
    EXPIRED = "the ID token has expired"
    NOT_YET_VALID = "the ID token is of the future"


# What is not for who logs in to mend, but for the operator, or passes by itself.
OF_THE_PROVIDER = frozenset(
    {OidcProblem.UNREACHABLE, OidcProblem.BUSY, OidcProblem.BAD_DISCOVERY, OidcProblem.BAD_KEYS}
)


class OidcError(Exception):
    """Its text is one sentence, without tokens, codes, addresses or names."""

    def __init__(self, problem: OidcProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
