"""What /readyz answers."""

from __future__ import annotations

from tests.clients import Answer, ApiClient

ALL_PARTS = {"database": "ok", "cache": "ok", "channelLayer": "ok", "storage": "ok"}
ALL_WELL = {"status": "ok", **ALL_PARTS, "beat": "ok", "worker": "ok"}
NOTHING_WELL = {
    "status": "unavailable",
    **dict.fromkeys(ALL_PARTS, "unavailable"),
    **dict.fromkeys(("beat", "worker"), "unknown"),
}


def readyz() -> Answer:
    return ApiClient().get("/readyz")


def assert_only_unavailable(answer: Answer, part: str) -> None:
    assert answer.status == 503
    # Beat and worker are another question, and without the cache there is no answer to it.
    assert {**answer.body, "beat": "ok", "worker": "ok"} == {**ALL_WELL, "status": "unavailable", part: "unavailable"}
