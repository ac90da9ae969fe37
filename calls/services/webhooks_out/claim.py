"""Claims due messages: each for one worker at a time, and every subscription in its turn."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from calls.models import WebhookAttempt, WebhookMessage, WebhookState, WebhookSubscription
from calls.services.webhooks_out.slow import ANY_NUMBER, Slow
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.transactions import is_rolled_back

# Of one subscription under way at a time; while it fails, one: slow receivers keep few senders busy. One that answers
# well gets more (pace.py).
AT_A_TIME = 2
AT_A_TIME_FAILING = 1
GIVE_UP_AFTER = timedelta(hours=24)
_MOST_TURNS = 1_000
NO_MORE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Claimed:
    """A message in our hands for one attempt. Without `secrets` where no key opens them."""

    organization_id: str
    attempt_id: str
    # Shared with what was claimed together with it: as long as the message has it, it is in our hands.
    lease: str
    message_id: str
    subscription_id: str
    url: str
    secrets: tuple[str, ...]
    body: bytes
    is_failing: bool = False


def claim(
    *,
    now: datetime,
    limit: int,
    more: Mapping[str, int] = NO_MORE,
    slow: Slow = ANY_NUMBER,
    among: Sequence[str] | None = None,
) -> list[Claimed]:
    """At most `limit` messages that are due, of those subscriptions first that have waited longest for a turn.

    `more` is how many beyond AT_A_TIME a subscription may have under way; `among` are those that are looked at, where
    they are known. Each message has been noted as an attempt before anything is sent. It comes back by itself when the
    lease is over.
    """
    # Twice as many: some may have all under way that they may have.
    subscription_ids = list(with_work(now=now, limit=limit * 2, slow=slow)) if among is None else among
    if not subscription_ids:
        return []
    try:
        return _claim_of(subscription_ids, now, limit, more, slow)
    except (IntegrityError, OperationalError) as error:
        if not is_rolled_back(error):
            raise
    # One of them is being deleted: each by itself, so that it is in nobody's way.
    claimed: list[Claimed] = []
    for subscription_id in subscription_ids:
        try:
            claimed += _claim_of([subscription_id], now, limit - len(claimed), more, slow)
        except (IntegrityError, OperationalError) as error:
            if not is_rolled_back(error):
                raise
    return claimed


def lease_time() -> timedelta:
    """Longer than an attempt can take."""
    return timedelta(seconds=settings.TETHER_WEBHOOK_SECONDS * 2 + 5)


def with_work(*, now: datetime, limit: int, slow: Slow) -> dict[str, bool]:
    """At most `limit` subscriptions that have a message that is ready, and whether they are slow; whoever has waited
    longest comes first.
    """
    # wall: the job serves the subscriptions of every organization, in turn
    ready = WebhookMessage.objects.ready(now).filter(subscription=OuterRef("pk"))
    # With a limit, one message of each is looked for, not all that wait.
    first = Subquery(ready.order_by("next_attempt_at").values("pk")[:1])
    # wall: the job serves the subscriptions of every organization, in turn
    waiting = WebhookSubscription.objects.alias(ready=first).filter(ready__isnull=False, is_active=True)
    if slow.room <= 0:
        waiting = waiting.filter(failing_since=None).exclude(pk__in=slow.subscription_ids)
    in_turn = waiting.order_by(F("last_turn_at").asc(nulls_first=True), "pk")
    return {pk: slow.of(pk, failing_since) for pk, failing_since in in_turn.values_list("pk", "failing_since")[:limit]}


class Turns:
    """The subscriptions that have work, as they were found: each in its turn, and again after all others."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, bool]] = deque()

    def look(self, *, now: datetime, slow: Slow) -> None:
        self._waiting = deque(with_work(now=now, limit=_MOST_TURNS, slow=slow).items())

    def next(self, count: int, *, room: int) -> list[str]:
        """At most `count`; of slow ones twice as many as have `room`, so that quick ones need not wait behind them."""
        found: list[tuple[str, bool]] = []
        passed_over: list[tuple[str, bool]] = []
        of_slow = max(room, 0) * 2
        while self._waiting and len(found) < count:
            each = self._waiting.popleft()
            _, is_slow = each
            if is_slow and not of_slow:
                passed_over.append(each)
                continue
            of_slow -= is_slow
            found.append(each)
        self._waiting.extendleft(reversed(passed_over))
        self._waiting.extend(found)
        return [subscription_id for subscription_id, _ in found]


@transaction.atomic
def _claim_of(
    subscription_ids: Sequence[str], now: datetime, limit: int, more: Mapping[str, int], slow: Slow
) -> list[Claimed]:
    """At most `limit` messages, under the locks of their subscriptions, so no two workers can take the same.

    Nine statements, however many subscriptions there are.
    """
    subscriptions = _locked(subscription_ids)
    if not subscriptions or limit <= 0:
        return []
    may_have = _free(subscriptions, now, limit, more)
    free = slow.with_room(may_have, subscriptions)
    # wall: subscriptions that this job holds
    ready = {pk: WebhookMessage.objects.filter(subscription=pk).ready(now) for pk, number in free.items() if number > 0}
    chosen = _chosen({pk: messages.order_by("next_attempt_at", "pk")[: free[pk]] for pk, messages in ready.items()})
    # In turn: what is over the limit waits for the next one, with the subscriptions that it is of.
    taken = [pk for subscription in subscriptions for pk in chosen[subscription.pk]][:limit]
    served = {pk: each.pk for each in subscriptions for pk in chosen[each.pk]}
    last = subscriptions[-1].pk if len(taken) < limit else served[taken[-1]]
    looked_at = [each.pk for each in subscriptions]
    # Those to which other slow ones have left no room have not had their turn.
    had_turn = [pk for pk in looked_at[: looked_at.index(last) + 1] if free[pk] > 0 or may_have[pk] <= 0]
    # wall: subscriptions that this job holds
    WebhookSubscription.objects.filter(pk__in=had_turn).update(last_turn_at=now)
    return _lease(taken, {each.pk: each for each in subscriptions}, now) if taken else []


def _locked(subscription_ids: Sequence[str]) -> list[WebhookSubscription]:
    """Those that are still active, in the given order. Not waited for: another worker holds one and takes its turn."""
    # wall: the job serves the subscriptions of every organization, in turn
    subscriptions = WebhookSubscription.objects.filter(pk__in=subscription_ids, is_active=True).defer("secrets")
    if connection.features.has_select_for_update_skip_locked:
        subscriptions = subscriptions.select_for_update(of=("self",), skip_locked=True, no_key=True)
    found = {each.pk: each for each in subscriptions}
    return [found[pk] for pk in subscription_ids if pk in found]


def _free(
    subscriptions: Sequence[WebhookSubscription], now: datetime, limit: int, more: Mapping[str, int]
) -> dict[str, int]:
    """How many more messages each subscription may have under way."""
    # wall: subscriptions that this job holds
    leased = WebhookMessage.objects.filter(
        subscription__in=[each.pk for each in subscriptions], state=WebhookState.PENDING, leased_until__gt=now
    )
    under_way = dict(leased.order_by().values_list("subscription_id").annotate(Count("pk")))
    return {
        each.pk: min(
            limit,
            (AT_A_TIME + more.get(each.pk, 0) if each.failing_since is None else AT_A_TIME_FAILING)
            - under_way.get(each.pk, 0),
        )
        for each in subscriptions
    }


def _chosen(ready: Mapping[str, QuerySet[WebhookMessage]]) -> dict[str, list[str]]:
    """The ids of the messages, by subscription and in their order; one statement where the database can have it so."""
    chosen: dict[str, list[str]] = defaultdict(list)
    queries = [messages.values_list("subscription_id", "pk") for messages in ready.values()]
    if len(queries) > 1 and connection.features.supports_slicing_ordering_in_compound:
        queries = [queries[0].union(*queries[1:], all=True)]
    for query in queries:
        for subscription_id, message_id in query:
            chosen[subscription_id].append(message_id)
    return chosen


def _secrets_of(subscription_ids: Collection[str], now: datetime) -> dict[str, tuple[str, ...]]:
    """By subscription; none of one whose secrets no key opens."""
    # wall: subscriptions that this job holds
    rows = WebhookSubscription.objects.filter(pk__in=subscription_ids)
    try:
        found: list[Any] = list(rows.values_list("pk", "secrets", "previous_secret_until"))
    except UndecipherableSecret:
        if len(subscription_ids) == 1:
            return {}
        return {pk: secrets for each in subscription_ids for pk, secrets in _secrets_of([each], now).items()}
    return {pk: _valid(secrets, until, now) for pk, secrets, until in found}


def _valid(secrets: Mapping[str, str], until: datetime | None, now: datetime) -> tuple[str, ...]:
    if until is not None and until > now:
        return secrets["signing"], secrets["previous"]
    return (secrets["signing"],)


def _lease(
    message_ids: Sequence[str], subscriptions: Mapping[str, WebhookSubscription], now: datetime
) -> list[Claimed]:
    # wall: messages of subscriptions that this job holds
    rows = WebhookMessage.objects.filter(pk__in=message_ids)
    found = rows.in_bulk()
    messages = [found[pk] for pk in message_ids]
    attempts = [WebhookAttempt(message=message, started_at=now) for message in messages]
    WebhookAttempt.objects.bulk_create(attempts)
    rows.update(
        lease=attempts[0].pk,
        leased_until=now + lease_time(),
        attempts=F("attempts") + 1,
        give_up_at=Coalesce(F("give_up_at"), now + GIVE_UP_AFTER),
    )
    secrets = _secrets_of({message.subscription_id for message in messages}, now)
    return [
        Claimed(
            organization_id=subscriptions[message.subscription_id].organization_id,
            attempt_id=attempt.pk,
            lease=attempts[0].pk,
            message_id=message.pk,
            subscription_id=message.subscription_id,
            url=subscriptions[message.subscription_id].url,
            secrets=secrets.get(message.subscription_id, ()),
            body=message.body.encode(),
            is_failing=subscriptions[message.subscription_id].failing_since is not None,
        )
        for message, attempt in zip(messages, attempts, strict=True)
    ]
