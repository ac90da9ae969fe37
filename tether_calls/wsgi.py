"""HTTP, for a WSGI server: `granian --interface wsgi tether_calls.wsgi:application`."""

import os
from importlib import import_module

from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tether_calls.settings.production")
_django = get_wsgi_application()  # before anything that has models

from calls.api.pushes.in_front import IngestInFront
from tether_calls.body_limits import body_limit_at
from tether_calls.common.allocator import return_large_blocks
from tether_calls.common.garbage import leave_out_what_is_loaded
from tether_calls.common.logs import log_version
from tether_calls.common.wsgi import WholeBodies
from tether_calls.monitoring.process import watch_process

log_version()
return_large_blocks()
watch_process(serves=True)

# Their modules are imported when first asked for, and two threads that ask at once get in each other's way.
cache.close()
get_channel_layer()
# All views, too.
import_module(settings.ROOT_URLCONF)

application = WholeBodies(IngestInFront(_django), limit=body_limit_at)
leave_out_what_is_loaded()
