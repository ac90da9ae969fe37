"""Why a fetch fails: a closed table, and what of the libraries' exceptions belongs in which row."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from enum import StrEnum
from typing import Self

import requests
import urllib3.exceptions
from requests_hardened.ip_filter import InvalidIPAddress


class FetchProblem(StrEnum):
    """Why a fetch failed, each with the sentence that may be shown; there are no others."""

    sentence: str

    def __new__(cls, value: str, sentence: str) -> Self:
        problem = str.__new__(cls, value)
        problem._value_ = value
        problem.sentence = sentence
        return problem

    INVALID_URL = "invalid_url", "The URL is not a plain http or https URL."
    INVALID_HEADER = "invalid_header", "A request header holds characters that HTTP does not allow."
    FORBIDDEN_ADDRESS = "forbidden_address", "The URL leads to an address that is not on the public internet."
    FORBIDDEN_PORT = "forbidden_port", "The URL names a port that is not allowed."
    UNRESOLVABLE = "unresolvable", "The host name of the URL cannot be resolved."
    CONNECTION_FAILED = "connection_failed", "The connection to the server failed."
    TLS_FAILED = "tls_failed", "No trusted TLS connection to the server was possible."
    TIMEOUT = "timeout", "The server took too long."
    TOO_MANY_REDIRECTS = "too_many_redirects", "The server redirected too often."
    INSECURE_REDIRECT = "insecure_redirect", "The server redirected from https to http."
    BAD_STATUS = "bad_status", "The server answered with another status than 200."
    BAD_RESPONSE = "bad_response", "The server's answer is not one that can be read."
    COMPRESSED = (
        "compressed",
        "The server's answer is compressed in a way that is not taken: send it plain, or as gzip.",
    )
    TOO_LARGE = "too_large", "The server's answer is too large."
    INCOMPLETE = "incomplete", "The server's answer ended too early."


# What the libraries raise, most telling first: the first row that fits any exception of the chain decides.
_PROBLEMS: tuple[tuple[type[BaseException], FetchProblem], ...] = (
    (InvalidIPAddress, FetchProblem.FORBIDDEN_ADDRESS),
    (socket.gaierror, FetchProblem.UNRESOLVABLE),
    (TimeoutError, FetchProblem.TIMEOUT),
    (urllib3.exceptions.NewConnectionError, FetchProblem.CONNECTION_FAILED),  # is a urllib3 TimeoutError too
    (requests.Timeout, FetchProblem.TIMEOUT),
    (urllib3.exceptions.TimeoutError, FetchProblem.TIMEOUT),
    (requests.exceptions.SSLError, FetchProblem.TLS_FAILED),
    (ConnectionError, FetchProblem.CONNECTION_FAILED),  # before HTTPException: RemoteDisconnected is both
    (http.client.HTTPException, FetchProblem.BAD_RESPONSE),
    (urllib3.exceptions.InvalidHeader, FetchProblem.BAD_RESPONSE),
    (urllib3.exceptions.HeaderParsingError, FetchProblem.BAD_RESPONSE),
    (requests.exceptions.InvalidURL, FetchProblem.INVALID_URL),
    (urllib3.exceptions.LocationValueError, FetchProblem.INVALID_URL),
    (ValueError, FetchProblem.INVALID_HEADER),  # the URL has been checked by then, a header has not
)


class FetchError(Exception):
    """A fetch that failed; its text is one sentence without the URL, addresses or credentials."""

    def __init__(self, problem: FetchProblem, *, status: int | None = None) -> None:
        super().__init__(problem.sentence)
        self.problem = problem
        self.status = status


def problem_of(error: BaseException) -> FetchProblem:
    """The row that an exception of requests, urllib3, http.client or the socket belongs to."""
    chain = tuple(_chain(error))
    for kind, problem in _PROBLEMS:
        if any(isinstance(link, kind) for link in chain):
            return problem
    return FetchProblem.CONNECTION_FAILED


def _chain(error: BaseException) -> Iterator[BaseException]:
    # Not __context__: it may lead out of here, to what the caller was handling when it called fetch().
    yield error
    for inner in (*error.args, error.__cause__):
        if isinstance(inner, BaseException):
            yield from _chain(inner)
