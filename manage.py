#!/usr/bin/env python3
import gc
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand, ManagementUtility


class Manage(ManagementUtility):
    """Django's; what has been imported by the time that a command begins stays to the end, and is no garbage."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        gc.freeze()
        gc.enable()
        return super().fetch_command(subcommand)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tether_calls.settings.base")
    # Until then looking for some takes a quarter of the time of a start.
    gc.disable()
    try:
        Manage(sys.argv).execute()
    except ImproperlyConfigured as error:
        sys.exit(f"{error}")
