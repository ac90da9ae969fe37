"""POST /api/calls/ingest where all is well: answered in front of Django, at a third of the cost."""

from __future__ import annotations

from calls.api.ingest_body import parse_ingest_body
from calls.api.pushes.base import push_call
from calls.selectors.ingest import key_and_known
from tether_calls.accounts.authentication import bearer_in, for_ingest
from tether_calls.common.in_front import Answer, InFront
from tether_calls.common.renderers import to_json
from tether_calls.common.whole_body import IN_MEMORY
from tether_calls.common.wsgi import Environ


class IngestInFront(InFront):
    """The steps of `IngestViewSet.create`, which tells what goes wrong in them."""

    route = "/api/calls/ingest"
    most = IN_MEMORY

    def answer(self, environ: Environ, body: bytes) -> Answer | None:
        report, recording = parse_ingest_body(body)
        found = key_and_known(key=bearer_in(environ.get("HTTP_AUTHORIZATION", "")) or "", report=report)
        if found is None or for_ingest(found[0]) is None:
            return None
        api_key, known = found
        status, answer = push_call(user=api_key.user, report=report, recording=recording, known=known, dry_run=False)
        return Answer(status, to_json(answer), who={"user": api_key.user, "auth": api_key})
