"""`manage.py seed_demo`: the demo's organizations with a month of calls; a second run changes nothing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from calls.demo.access import demo_file, provide_demo
from tether_calls.common.management.commands.serve import base_url


class Command(BaseCommand):
    help = "Add two organizations with users, agents, contacts and past calls, and write demo.json."

    def handle(self, *args: Any, **options: Any) -> None:
        demo = provide_demo(base_url=base_url())
        for note in demo.notes or ("The demo is there already",):
            self.stdout.write(note)
        self.stdout.write(f"How to log in: {demo_file()}")
