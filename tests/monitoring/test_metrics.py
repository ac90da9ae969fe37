"""GET /metrics: who may read it, and what is counted there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from calls.demo.simulator import Simulator
from calls.models import Delivery, WebhookMessage
from calls.models.delivery import DeliveryState
from tests.calls.api.ai.money import set_rate
from tests.calls.api.ai.outbound import Office, make_office, outbound, simulating
from tests.calls.api.ingesting import ingest, ingested
from tests.calls.services.webhooks_out.receiving import HOOK, OK, Clock, Receiver, ended_call, run, subscribed
from tests.calls.webhooks.elevenlabs_office import deliver, event, make_account
from tests.clients import ApiClient, logged_in, vendor_of
from tests.factories import make_prepaid, make_user, missed_call_body
from tests.http_targets import TargetServer, answer
from tests.monitoring.scraping import TOKEN, Scraped, Since, scraped
from tests.realtime.sockets import opened_by
from tests.statements import statements_made
from tests.waiting import wait_until
from tether_calls.accounts.models import User
from tether_calls.background.clock import note_sent, note_worked
from tether_calls.background.jobs import do_job
from tether_calls.common.errors import ErrorCode
from tether_calls.common.observing.metrics import Metric
from tether_calls.monitoring import rows
from tether_calls.monitoring.beginnings import beginnings
from tether_calls.monitoring.process import note_pool
from tether_calls.settings.background import TETHER_JOBS

pytestmark = pytest.mark.django_db

REQUESTS = "tether_http_requests_total"


# ---- Who may read it -----------------------------------------------------------------------------------------------


def test_without_a_token_of_the_settings_it_is_not_there(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    assert ApiClient(TOKEN).get("/metrics").status == 404
    assert ApiClient("").get("/metrics").status == 404


@pytest.mark.parametrize("token", [None, "", "another", TOKEN[:-1], f"{TOKEN}x", "schl\u00fcssel"])
def test_another_token_reads_nothing(token: str | None) -> None:
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token is not None else {}
    refused = ApiClient().request("GET", "/metrics", **headers)

    assert (refused.status, refused.content, refused.headers["WWW-Authenticate"]) == (401, b"", "Bearer")


def test_a_users_token_and_a_vendors_key_read_nothing(api: ApiClient, vendor: ApiClient) -> None:
    assert [client.get("/metrics").status for client in (api, vendor)] == [401, 401]


def test_it_is_only_read() -> None:
    assert ApiClient(TOKEN).post("/metrics", {}).status == 405
    assert ApiClient(TOKEN).get("/metrics").headers["Cache-Control"] == "no-store"


# ---- Requests ------------------------------------------------------------------------------------------------------


def test_requests_are_counted_by_the_template_of_their_route(api: ApiClient) -> None:
    since = Since()
    for call_id in ("64f0a1b2c3d4e5f6a7b8c9d0", "64f0a1b2c3d4e5f6a7b8c9d1"):
        assert api.get(f"/api/calls/{call_id}", secret="+14165550199").status == 404

    route = {"method": "GET", "route": "/api/calls/<objectid:call_id>"}
    assert since.grown(REQUESTS, **route, status="404") == 2
    assert since.grown("tether_http_request_duration_seconds_count", **route) == 2
    assert since.grown("tether_http_request_duration_seconds_bucket", **route, le="+Inf") == 2
    assert "64f0a1b2" not in scraped().text
    assert "5550199" not in scraped().text


def test_what_strangers_invent_makes_one_series() -> None:
    client, since = ApiClient(), Since()
    before = len(scraped().series(REQUESTS))
    for number in range(20):
        client.get(f"/wp-admin/{number}.php")
        client.request(f"BREW{number}", f"/coffee/{number}")

    assert since.grown(REQUESTS, method="GET", route="unmatched", status="404") == 20
    assert since.grown(REQUESTS, method="other", route="unmatched", status="404") == 20
    # These two, and the one of /metrics itself.
    assert len(scraped().series(REQUESTS)) <= before + 3


def test_counting_costs_no_statement(vendor: ApiClient, settings: Settings) -> None:
    ingested(vendor, missed_call_body())  # the key's last use is written once a minute
    with statements_made() as counted:
        ingested(vendor, missed_call_body())
    settings.METRICS_TOKEN = ""
    with statements_made() as uncounted:
        ingested(vendor, missed_call_body())

    assert len(counted) == len(uncounted) > 0


# ---- Calls, providers, money ---------------------------------------------------------------------------------------


def test_ingests_are_counted_by_their_outcome(vendor: ApiClient) -> None:
    since = Since()
    body = missed_call_body(externalCallId="once")
    assert [ingest(client, sent).status for client, sent in [(vendor, body), (vendor, body)]] == [201, 200]
    assert ingest(vendor, {"direction": "outbound"}).status == 400
    assert ingest(vendor, b"{").status == 400
    assert ingest(ApiClient("nobody"), body).status == 401

    batch = {"calls": [missed_call_body(), {"direction": "outbound"}]}
    assert vendor.post("/api/calls/ingest/batch", batch).status == 200
    # Nothing is pushed.
    assert vendor.post("/api/calls/ingest?dryRun=true", missed_call_body()).status == 202
    assert vendor.post("/api/calls/ingest?dryRun=true", {}).status == 400

    outcomes = ("created", "deduplicated", "VALIDATION_ERROR", "MALFORMED_JSON", "UNAUTHORIZED")
    assert [since.grown("tether_ingests_total", outcome=outcome) for outcome in outcomes] == [2, 1, 2, 1, 1]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulating() as running:
        yield running


@pytest.fixture
def office(user: User, simulator: Simulator) -> Office:
    return make_office(user, simulator)


def test_dials_are_counted_with_what_the_provider_answered(api: ApiClient, office: Office) -> None:
    since = Since()
    assert outbound(api, contactId=office.contact.pk).status == 200
    assert outbound(api, contactId=office.contact.pk).status == 200
    # The simulator refuses numbers that end in 7.
    assert outbound(api, phoneNumber="+14165550197").status == 500

    of_provider = {"provider": "elevenlabs"}
    assert since.grown("tether_dials_total", **of_provider, outcome="placed") == 1
    assert since.grown("tether_dials_total", **of_provider, outcome="deduplicated") == 1
    assert since.grown("tether_dials_total", **of_provider, outcome="PROVIDER_ERROR") == 1
    assert since.grown("tether_provider_requests_total", **of_provider) == 2
    assert since.grown("tether_provider_errors_total", **of_provider, problem="refused") == 1
    assert since.grown("tether_provider_request_duration_seconds_count", **of_provider) == 2


def test_a_dial_that_cannot_be_paid_is_a_refusal_of_a_wallet(api: ApiClient, office: Office) -> None:
    assert office.user.organization is not None
    make_prepaid(office.user.organization, "1")
    set_rate(office, "1.5")
    since = Since()

    assert outbound(api, contactId=office.contact.pk).status == 400

    assert since.grown("tether_wallet_refusals_total") == 1
    assert since.grown("tether_dials_total", provider="elevenlabs", outcome="INSUFFICIENT_FUNDS") == 1


# ---- What waits ----------------------------------------------------------------------------------------------------


def test_webhooks_that_wait_are_counted_with_their_age_and_attempts_with_their_outcome(
    user: User, settings: Settings
) -> None:
    clock, since = Clock(), Since()
    with TargetServer({HOOK: answer(b"", status=503)}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]
        receiver = Receiver(target)
        subscribed(user, receiver.url, "call.ended")
        ended_call(user)
        assert scraped().value("tether_webhooks_pending") == 0
        run(clock)
        WebhookMessage.objects.update(created_at=timezone.now() - timedelta(hours=2))

        assert scraped().value("tether_webhooks_pending") == 1
        assert 7200 <= scraped().value("tether_webhooks_oldest_pending_seconds") < 10_800

        receiver.answers(OK)
        clock.forward(hours=1)
        run(clock)

    assert scraped().value("tether_webhooks_pending") == 0
    assert scraped().value("tether_webhooks_oldest_pending_seconds") == 0
    assert since.grown("tether_webhook_attempts_total", outcome="refused") == 1
    assert since.grown("tether_webhook_attempts_total", outcome="delivered") == 1


def test_events_that_the_job_has_not_read_yet_make_the_lag(
    user: User, other_user: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TargetServer({HOOK: OK}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]
        subscribed(user, target.url(HOOK), "call.ended")
        ended_call(other_user)  # nobody subscribes there
        assert scraped().value("tether_event_log_lag_seconds") == 0
        ended_call(user)
        in_an_hour = timezone.now() + timedelta(hours=1)
        with monkeypatch.context() as patch:
            patch.setattr(rows, "timezone", SimpleNamespace(now=lambda: in_an_hour))
            assert 3590 <= scraped().value("tether_event_log_lag_seconds") < 7200

        run(Clock())

    assert scraped().value("tether_event_log_lag_seconds") == 0


def test_deliveries_that_are_not_processed_are_counted_by_their_state() -> None:
    states = [DeliveryState.WAITING] * 2 + [DeliveryState.FAILED, DeliveryState.PROCESSED, DeliveryState.REFUSED]
    for state in states:
        Delivery.objects.create(endpoint="x", provider="sinch", state=state, verdict="genuine", url="/", body=b"")

    found = {its["state"]: value for name, its, value in scraped().samples() if name == "tether_deliveries"}
    assert found == {"received": 0, "waiting": 2, "failed": 1}


def test_deliveries_that_can_never_be_processed_are_counted_as_they_come(user: User) -> None:
    make_account(user)
    since = Since()

    deliver(event("post_call_transcription", {"agent_id": "agent_x"}))

    assert since.grown("tether_deliveries_invalid_total", provider="elevenlabs") == 1


def test_what_was_never_counted_is_told_as_zero_once(settings: Settings) -> None:
    settings.TETHER_JOBS = {**settings.TETHER_JOBS, "never_done": (f"{__name__}.works", 60.0)}
    samples = list(scraped().samples())

    for metric, series in beginnings().items():
        for values in series:
            labels = dict(zip(metric.labels, values, strict=True))
            told = [value for name, its, value in samples if (name, its) == (metric.name, labels)]
            # Of the others other tests may have counted some.
            assert told == [0.0] if "never_done" in values else len(told) == 1


def test_jobs_tell_when_they_were_last_done_and_how_long_it_took(settings: Settings) -> None:
    cache.clear()
    settings.TETHER_JOBS = {name: (f"{__name__}.{name}", 60.0) for name in ("works", "fails")}
    began, since = timezone.now().timestamp(), Since()

    assert do_job("works")
    with pytest.raises(ValueError, match="on purpose"):
        do_job("fails")

    assert scraped().value("tether_job_last_success_timestamp_seconds", job="works") >= began
    assert scraped().series("tether_job_last_duration_seconds") == [{"job": "works"}]
    assert since.grown("tether_job_runs_total", job="works", outcome="done") == 1
    assert since.grown("tether_job_runs_total", job="fails", outcome="failed") == 1


def works() -> None:
    """A job."""


def fails() -> None:
    raise ValueError("on purpose")


def test_a_clock_that_stands_still_is_told(later: object) -> None:
    assert callable(later)
    note_sent("prune")
    assert scraped().value("tether_jobs_late", part="worker") == 0
    later(24 * 3600)
    for name in TETHER_JOBS:
        note_worked(name)

    assert scraped().value("tether_jobs_late", part="beat") == 1
    assert scraped().value("tether_jobs_late", part="worker") == 0


def test_open_sockets_are_counted(live_url: str) -> None:
    user = make_user()
    before = scraped().value("tether_open_sockets")
    with opened_by(user, live_url), opened_by(user, live_url):
        assert scraped().value("tether_open_sockets") == before + 2

    wait_until(lambda: scraped().value("tether_open_sockets") == before, what="the end of both")


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no pool")
def test_the_pool_of_connections_is_told(user: User) -> None:
    assert connection.vendor == "postgresql"
    timeouts = note_pool(0)

    found = scraped()
    used, idle, most = (
        found.value("tether_database_pool_connections", state=state) for state in ("used", "idle", "most")
    )
    assert 1 <= used <= used + idle <= most
    assert note_pool(timeouts) == timeouts


def test_without_the_database_what_was_counted_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    ApiClient().get("/nowhere")
    assert scraped().value("tether_rows_read") == 1

    def is_away() -> Iterator[rows.Reading]:
        raise ConnectionError("postgresql://user:secret@db")

    monkeypatch.setattr("tether_calls.monitoring.scrape.readings", is_away)
    found = scraped()

    assert found.value("tether_rows_read") == 0
    assert found.value(REQUESTS, method="GET", route="unmatched", status="404") > 0
    assert "secret" not in found.text


# ---- What is never in it -------------------------------------------------------------------------------------------


def busy(user: User) -> None:
    """Much that one organization may do."""
    ingested(vendor_of(user), missed_call_body())
    for path in ("/api/calls/history", "/api/contacts", "/api/user/profile", "/api/nothing/+14165550199"):
        logged_in(user).get(path)


def series_of(found: Scraped) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    return {(name, tuple(sorted(labels.items()))) for name, labels, _ in found.samples()}


def test_another_organization_makes_no_further_series(user: User, other_user: User) -> None:
    busy(user)
    scraped()
    before = series_of(scraped())

    busy(other_user)

    assert series_of(scraped()) == before


def test_nothing_tells_whose_it_is(user: User) -> None:
    busy(user)
    text = scraped().text

    assert user.organization is not None
    for word in (user.pk, user.home_id, user.email, user.organization.name, "4165550", "/history?"):
        assert word not in text


def test_every_label_has_the_values_that_code_gives_it(api: ApiClient, user: User) -> None:
    busy(user)
    codes = {str(code) for code in ErrorCode}
    known = {
        "method": {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"},
        "provider": {"elevenlabs", "sinch", "twilio"},
        "state": {"received", "waiting", "failed", "used", "idle", "most"},
        "part": {"beat", "worker"},
    }
    outcomes = {"created", "deduplicated", "placed", "done", "failed", "busy", "delivered", "refused"} | codes
    for name, labels, _ in scraped().samples():
        for label, value in labels.items():
            assert value in known.get(label, {value}), name
            assert label != "outcome" or value in outcomes | {"unreachable", "gone", "ours"}, name
            assert label != "status" or 100 <= int(value) < 600


def test_every_metric_has_a_name_of_its_kind() -> None:
    assert {name for name in Metric.all if not name.startswith("tether_")} == set()
    assert {metric.name for metric in Metric.all.values() if metric.kind == "counter"} == {
        name for name in Metric.all if name.endswith("_total")
    }
