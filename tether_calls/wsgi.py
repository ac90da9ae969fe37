"""HTTP, for a WSGI server: `granian --interface wsgi tether_calls.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from calls.api.ingest_body import ingest_body_limit
from tether_calls.common.wsgi import ChunkedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tether_calls.settings.production")

application = ChunkedBodies(get_wsgi_application(), limit=ingest_body_limit)
