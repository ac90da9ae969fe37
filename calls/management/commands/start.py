"""`manage.py start`, which script/server becomes: migrate, add the demo once, serve; all in one process."""

from __future__ import annotations

import json
import os
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

from calls.demo.access import demo_file, provide_demo
from calls.demo.providers import DemoProviders
from calls.services.search.index_calls import index_calls
from tether_calls.common.logs import log_version
from tether_calls.common.management.commands.serve import base_url, data_dir, is_everywhere, listen, serve


class Command(BaseCommand):
    help = "Migrate, add the demo to an empty database, print how to log in, and serve at HOST and PORT."

    def handle(self, *args: Any, **options: Any) -> None:
        log_version()
        # The port first: a second start on the same data ends here, before it could touch any.
        with listen() as listener, data_dir(), DemoProviders() as providers:
            # Also when nothing is left to migrate: it finishes what a kill has interrupted, permissions included.
            call_command("migrate", interactive=False, verbosity=0)
            for _ in index_calls():
                pass  # calls of a version that had no search
            ours = base_url(port=listener.getsockname()[1])
            demo = provide_demo(base_url=ours, only_into_empty=True, connect=partial(providers.connect, base_url=ours))
            connections.close_all()
            notes = list(demo.notes)
            if providers.url is not None:
                notes.append(f"The demo's providers are simulated at {providers.url}")
            if "user" in demo.document:
                notes.append(f"{demo_file()}:")
            for note in notes:
                self.stderr.write(f"== {note}", style_func=str)
            # Nothing else goes to stdout, so that programs can read it.
            self.stdout.write(json.dumps(demo.document, indent=2))
            self.stdout.flush()
            serve(listener, ready=partial(self._tell, ours))

    def _tell(self, address: str) -> None:
        """To people: where to look, now that there is something to be seen."""
        lines = [f"Admin     {address}/admin/", f"API       {address}/api/docs", "Ctrl-C    ends it"]
        if is_everywhere(settings.HOST) and "ALLOWED_HOSTS" not in os.environ:
            lines.append(f"HOST is {settings.HOST}: others are answered once ALLOWED_HOSTS has the name they use")
        for line in lines:
            self.stderr.write(f"== {line}", style_func=str)
