"""The receiver that docs/webhooks.md shows works as it is pasted."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from tests.calls.services.webhooks_out.receiving import Clock, Receiver, ended_call, run, subscribed
from tests.docs.markdown import DOCS, blocks
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


def pasted(folder: Path, secret: str) -> Any:
    (example,) = blocks(DOCS / "webhooks.md", "python")
    path = folder / "receiver.py"
    path.write_text(example.replace("whsec_...", secret))
    spec = importlib.util.spec_from_file_location("receiver", path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_takes_a_webhook_once_and_refuses_what_is_not_ours(
    user: User, receiver: Receiver, clock: Clock, tmp_path: Path
) -> None:
    module = pasted(tmp_path, subscribed(user, receiver.url, "call.ended").secret)
    seen: set[str] = set()
    queue: list[Any] = []
    module.first_time = lambda name: name not in seen and not seen.add(name)  # type: ignore[func-returns-value]
    module.enqueue = queue.append
    ended_call(user)
    run(clock)
    (request,) = receiver.requests

    assert [module.receive(request.body, request.headers) for _ in range(2)] == [204, 204]
    assert module.receive(request.body + b" ", request.headers) == 401
    assert [event["event_type"] for event in queue] == ["call.ended"]
