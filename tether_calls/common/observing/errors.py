"""Errors to Sentry: whatever the log has at ERROR, with its traceback, and without people's data.

Nothing is patched: an error that is not worth a line in the log is not worth an alarm. Local variables, bodies, headers
and addresses of requests are never sent; from texts that libraries write, what may be a number or a secret is removed.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from django.conf import settings

from tether_calls.common import logs

logger = logging.getLogger(__name__)

HIDDEN = "[hidden]"
_LONGEST = 1_000
_REMOVED = re.compile(
    # What databases quote: of a key, of a row, of the parameters of a statement.
    r"(?:DETAIL|CONTEXT|PARAMETERS):.*"
    # Of JSON, or of a dictionary, all of it.
    r"|[{\[].*[}\]]"
    # Secrets: keys of ours and of providers, tokens, credentials and queries of URLs.
    r"|(?i:bearer|basic|token)\s+[\w.~+/=-]+"
    r"|\b(?:tk_live|tk_test|sk|whsec|xi)_[\w+/=.-]+"
    r"|\beyJ[\w-]+\.[\w.-]+"
    r"|(?<=://)[^\s/@]+@"
    r"|\?[^\s'\"]+"
    # Addresses of people, and telephone numbers however they are written.
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|(?<![\w-])\+?\(?\d(?:[\s().\-/]*\d){6,}(?![\w-])"
    # Long random words.
    r"|\b(?=\w*\d)\w{32,}\b",
    re.DOTALL,
)
# What an event may have at its top, all of it ours or of code; the rest of what the library finds out is left out.
_KEPT = {
    "event_id", "timestamp", "level", "logger", "logentry", "exception", "platform", "release", "environment",
    "sdk", "tags", "type",
}  # fmt: skip


def start() -> None:
    """Send errors from now on; once for a process. A wrong address is named by a system check."""
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration
    from sentry_sdk.utils import BadDsn

    try:
        sentry_sdk.init(
            dsn=settings.SENTRY_DSN,
            release=settings.VERSION,
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[
                LoggingIntegration(level=None, event_level=logging.ERROR),
                DedupeIntegration(),
                AtexitIntegration(callback=lambda *_: None),
            ],
            send_default_pii=False,
            include_local_variables=False,
            include_source_context=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            server_name="",
            before_send=lambda event, _: scrubbed(event),  # type: ignore[arg-type, return-value]  # it is a dictionary
        )
    except BadDsn:
        logger.warning("Errors are not sent: SENTRY_DSN is no address of a project")


def scrubbed(event: Any) -> dict[str, Any]:
    """The event without what must not leave: people's data and secrets."""
    kept = {name: _without_secrets(value) for name, value in event.items() if name in _KEPT}
    # Of the sentence, the form that the code wrote is enough to find it; what was put into it stays here.
    if "logentry" in kept:
        kept["logentry"] = {"message": kept["logentry"].get("formatted") or kept["logentry"].get("message", "")}
    return {**kept, "tags": {"request_id": logs.request_id.get()}}


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return _REMOVED.sub(HIDDEN, value)[:_LONGEST]
    if isinstance(value, dict):
        # Locals and source are not asked for; should a new version send them all the same, they end here.
        return {key: _without_secrets(inner) for key, inner in value.items() if key not in ("vars", "context_line")}
    if isinstance(value, list | tuple):
        return [_without_secrets(inner) for inner in value]
    return value
