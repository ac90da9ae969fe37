"""Tables that other packages would show."""

from __future__ import annotations

from importlib import import_module

from django.contrib import admin
from django.contrib.auth.models import Group
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken


def unregister_what_others_register() -> None:
    """Sessions of the frontend belong to their users, and groups mean nothing here: roles do."""
    for module in ("django.contrib.auth.admin", "rest_framework_simplejwt.token_blacklist.admin"):
        # Now: what were registered later would stay.
        import_module(module)
    admin.site.unregister([BlacklistedToken, OutstandingToken, Group])
