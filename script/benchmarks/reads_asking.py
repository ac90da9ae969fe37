"""What `script/bench reads` asks: reads, pages of the admin, and the tools of agents."""

from __future__ import annotations

import http.client
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

PASSWORD = "correct horse battery staple"  # noqa: S105
HISTORY, STATISTICS, ANALYTICS = ("/api/calls/history", "/api/calls/statistics", "/api/calls/analytics")
TOOLS = "/api/webhook/elevenlabs/tools"
A_CALL = "a call"


@dataclass(frozen=True)
class Question:
    """`tool`: the arguments of an agent's tool, which is asked by POST, each time of another conversation."""

    path: str
    query: list[tuple[str, Any]] = field(default_factory=list)
    tool: Mapping[str, Any] | None = None


Ask = Callable[[Question], float]


@dataclass(frozen=True)
class Known:
    """An organization, its secret for tools, and one each of what it has; `session` is one of the admin."""

    calls: int
    email: str
    session: str
    tool_secret: str
    user: str
    contact: str
    phone_number: str
    call: str


def questions(known: Known, until: datetime) -> dict[str, Question]:
    """What is asked of an organization, by name."""
    month = [("startDate", (until - timedelta(days=30)).isoformat())]
    return {
        "history, first page": Question(HISTORY),
        "history, offset at 90 %": Question(HISTORY, [("offset", known.calls * 9 // 10)]),
        "history, status=busy": Question(HISTORY, [("status", "busy")]),
        "history, of a user": Question(HISTORY, [("userId", known.user)]),
        "history, of a contact": Question(HISTORY, [("contactId", known.contact)]),
        "history, a month of busy calls": Question(HISTORY, [("status", "busy"), *month]),
        "history, q = a rare word": Question(HISTORY, [("q", "zebra")]),
        "history, q = a common word": Question(HISTORY, [("q", "appointment")]),
        "statistics, all time": Question(STATISTICS),
        "statistics, 30 days": Question(STATISTICS, month),
        "analytics, by month": Question(
            ANALYTICS, [("metric", "count"), ("metric", "answerRate"), ("groupBy", "month")]
        ),
        "analytics, 30 days by day and status": Question(
            ANALYTICS, [("metric", "count"), ("groupBy", "day"), ("groupBy", "status"), *month]
        ),
        "analytics, talk time by agent": Question(ANALYTICS, [("metric", "talkTime"), ("groupBy", "agent")]),
        "analytics, percentiles, 30 days by agent": Question(
            ANALYTICS, [("metric", "p50Duration"), ("metric", "p90Duration"), ("groupBy", "agent"), *month]
        ),
        "analytics, 30 days by hour of week": Question(
            ANALYTICS, [("metric", "count"), ("groupBy", "hourOfWeek"), *month]
        ),
        A_CALL: Question(f"/api/calls/{known.call}"),
        **{f"tool {name}": Question(f"{TOOLS}/{name}", tool=told) for name, told in _tools(known).items()},
        "admin, the start page": Question("/admin/"),
        "admin, the live page": Question("/admin/live/"),
        "admin, calls": Question("/admin/calls/call/"),
        "admin, busy calls": Question("/admin/calls/call/", [("status__exact", "busy")]),
        "admin, calls, q = a rare word": Question("/admin/calls/call/", [("q", "zebra")]),
        "admin, a call": Question(f"/admin/calls/call/{known.call}/change/"),
        "admin, contacts": Question("/admin/contacts/contact/"),
        "admin, a contact": Question(f"/admin/contacts/contact/{known.contact}/change/"),
        "admin, conversations": Question("/admin/conversations/conversation/"),
        "admin, events": Question("/admin/realtime/eventlog/"),
        "admin, mentions": Question("/admin/contacts/notemention/"),
    }


def _tools(known: Known) -> dict[str, dict[str, Any]]:
    """What an agent tells each tool, of a contact that is known."""
    of_caller = {"phone_number": known.phone_number}
    told: dict[str, dict[str, Any]] = {
        "create-note": {"note": "Wants the blue one."},
        "update-contact": {"email": "kim@example.com"},
        "schedule-callback": {"when": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
        "send-sms": {"message": "Your parcel is on its way."},
        "transfer": {"reason": "Wants a person."},
    }
    from calls.providers import tools

    return {tool.name: {**of_caller, **told.get(tool.name, {})} for tool in tools.TOOLS}


@contextmanager
def asking(port: int, known: Known) -> Iterator[Ask]:
    """A function that asks once, on a kept connection, and returns the seconds until the answer was read."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    login = json.dumps({"email": known.email, "password": PASSWORD})
    connection.request("POST", "/api/auth/login", login, {"Content-Type": "application/json"})
    token = json.loads(connection.getresponse().read())["token"]
    headers = {"Authorization": f"Bearer {token}", "Cookie": f"sessionid={known.session}"}
    of_tools = {"Authorization": f"Bearer {known.tool_secret}", "Content-Type": "application/json"}
    conversations = itertools.count()

    def ask(asked: Question) -> float:
        begin = time.perf_counter()
        if asked.tool is None:
            connection.request("GET", f"{asked.path}?{urlencode(asked.query)}", headers=headers)
        else:
            body = {**asked.tool, "conversation_id": f"conv_{known.calls}_{next(conversations)}"}
            connection.request("POST", asked.path, json.dumps(body), of_tools)
        answer = connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - begin
        assert answer.status == 200, content
        return seconds

    yield ask
    connection.close()
