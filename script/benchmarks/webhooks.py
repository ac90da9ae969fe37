"""`script/bench webhooks`: messages a second to subscribers that answer at once, beside a floor.

One run of the job sends what waits for one subscription, and for eight. The floor posts as many bodies, by as many
threads as the job has senders, with the same HTTP client, and neither signs nor keeps anything. Read the ratio.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from script.benchmarks.own_service import own_service

# Answers at once, in a process of its own, so that it takes no time of the one that is measured.
_RECEIVER = """
import asyncio
async def answer(reader, writer):
    try:
        head = await reader.readuntil(b"\\r\\n\\r\\n")
        length = next(l for l in head.lower().split(b"\\r\\n") if l.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
        await writer.drain()
    finally:
        writer.close()
async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


def _prepare(subscriptions: int, messages: int, url: str) -> None:
    from calls.models import WebhookMessage, WebhookSubscription
    from tests.factories import make_call, make_user

    WebhookSubscription.objects.all().delete()  # wall: the benchmark's own database
    user = make_user()
    secrets: Any = {"signing": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    made = [
        WebhookSubscription(
            organization_id=user.home_id, name="CRM", url=url, subscribed_events=["call.ended"], secrets=secrets
        )
        for _ in range(subscriptions)
    ]
    WebhookSubscription.objects.bulk_create(made)
    call = make_call(user)
    WebhookMessage.objects.bulk_create(
        WebhookMessage(
            subscription=made[number % subscriptions],
            event_type="call.ended",
            key=str(number),
            event_id=call.pk,
            call_id=f"{number:024x}",
            body='{"event_type": "call.ended"}' + " " * 2_000,
        )
        for number in range(messages)
    )


def _job(subscriptions: int, messages: int, url: str) -> float:
    from calls.models import WebhookMessage
    from calls.services.webhooks_out.deliver import deliver_webhooks

    _prepare(subscriptions, messages, url)
    began = time.monotonic()
    deliver_webhooks()
    seconds = time.monotonic() - began
    left = WebhookMessage.objects.exclude(state="delivered").count()  # wall: the benchmark's own database
    return (messages - left) / seconds


def _floor(messages: int, url: str) -> float:
    from django.conf import settings

    from calls.services.webhooks_out.deliver import webhook_limits
    from tether_calls.common.http import post

    body = b"{}" + b" " * 2_000
    began = time.monotonic()
    with ThreadPoolExecutor(settings.TETHER_WEBHOOK_SENDERS) as threads:
        list(threads.map(lambda _: post(url, body=body, limits=webhook_limits()), range(messages)))
    return messages / (time.monotonic() - began)


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench webhooks", description=__doc__)
    options.add_argument("--messages", type=int, default=400, help="sent in one measurement (400)")
    messages: int = options.parse_args().messages
    with (
        own_service(),
        subprocess.Popen([sys.executable, "-c", _RECEIVER], stdout=subprocess.PIPE, text=True) as receiver,
    ):
        try:
            assert receiver.stdout is not None
            host = f"127.0.0.1:{receiver.stdout.readline().strip()}"
            os.environ["TETHER_FETCH_EXEMPT_HOSTS"] = host
            _measure(messages, f"http://{host}/hook")
        finally:
            receiver.terminate()


def _measure(messages: int, url: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    line = "{:<20}{:>12}{:>10}{:>8}\n"
    sys.stdout.write(line.format("", "messages/s", "floor/s", "ratio"))
    for subscriptions in (1, 8):
        sent, floor = _job(subscriptions, messages, url), _floor(messages, url)
        name = f"{subscriptions} subscription" + ("s" if subscriptions > 1 else "")
        sys.stdout.write(line.format(name, f"{sent:.0f}", f"{floor:.0f}", f"{sent / floor:.2f}"))


if __name__ == "__main__":
    main()
