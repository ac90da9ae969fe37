"""The sidebar, and the files that go with every page, which settings.UNFOLD names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.text import capfirst

from tether_calls.common.admin.display import list_at

# Pages that are no list: title, icon (of Material Symbols), the name of the address, and whether superusers' only.
_PAGES: tuple[tuple[str, str, str, bool], ...] = (
    ("Start", "space_dashboard", "admin:index", False),
    ("Live", "sensors", "live", False),
    ("Jobs", "schedule", "jobs", True),
)
# Title of the group, then title, icon and model of each entry.
_GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Calls",
        (
            ("Calls", "call", "calls.call"),
            ("Contacts", "contacts", "contacts.contact"),
            ("Conversations", "forum", "conversations.conversation"),
            ("Mentions", "alternate_email", "contacts.notemention"),
            ("Scheduled calls", "calendar_clock", "calls.scheduledcall"),
            ("Reminders", "notifications", "contacts.reminder"),
            ("Exports", "download", "calls.export"),
        ),
    ),
    (
        "Quality",
        (
            ("Listening queues", "headphones", "calls.listeningqueue"),
            ("Scorecards", "checklist", "calls.scorecard"),
            ("Tags", "sell", "calls.tag"),
            ("Dispositions", "flag", "calls.disposition"),
        ),
    ),
    (
        "Compliance",
        (
            ("Do Not Call numbers", "phone_disabled", "contacts.donotcallnumber"),
            ("Consents", "handshake", "contacts.consent"),
            ("Decisions", "rule", "contacts.dialdecision"),
        ),
    ),
    (
        "Privacy",
        (
            ("Privacy requests", "privacy_tip", "calls.privacyrequest"),
            ("Legal holds", "gavel", "calls.legalhold"),
            ("Retention", "auto_delete", "calls.retentionrule"),
            ("Redaction of old calls", "ink_eraser", "calls.redactionrun"),
        ),
    ),
    (
        "Telephony",
        (
            ("Agents", "support_agent", "calls.prompt"),
            ("Phone numbers", "dialpad", "calls.phonenumber"),
            ("Voice accounts", "cell_tower", "calls.voiceaccount"),
        ),
    ),
    (
        "Integration",
        (
            ("API keys", "key", "accounts.apikey"),
            ("Webhooks", "webhook", "calls.webhooksubscription"),
            ("Webhook messages", "outbox", "calls.webhookmessage"),
            ("Events", "bolt", "realtime.eventlog"),
            ("Deliveries", "move_to_inbox", "calls.delivery"),
            ("Refused pushes", "block", "calls.refusedpush"),
        ),
    ),
    (
        "Access",
        (
            ("Users", "group", "accounts.user"),
            ("Organizations", "apartment", "accounts.organization"),
            ("Access log", "visibility", "trails.accessentry"),
            ("Audit log", "manage_history", "trails.auditentry"),
            ("Wallets", "account_balance_wallet", "accounts.wallet"),
        ),
    ),
)


_CALLED = {model: title for _, entries in _GROUPS for title, _, model in entries}


def called(opts: Any) -> str:
    """What a list is called, wherever it is spoken of."""
    return _CALLED.get(opts.label_lower) or capfirst(str(opts.verbose_name_plural))


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages and lists that the user may open, in groups."""
    user: Any = request.user
    addresses = _addresses(get_script_prefix())
    pages = [
        {"title": name, "icon": icon, "link": addresses[page]}
        for name, icon, page, is_for_superusers in _PAGES
        if user.is_superuser or not is_for_superusers
    ]
    return [
        {"title": "Desk", "separator": False, "items": pages},
    ] + [
        {
            "title": title,
            "separator": True,
            "items": [
                {"title": name, "icon": icon, "link": addresses[model]}
                for name, icon, model in entries
                if _may_open(request, model)
            ],
        }
        for title, entries in _GROUPS
    ]


@lru_cache(maxsize=8)
def _addresses(prefix: str) -> Mapping[str, str]:
    """Of all pages and lists, which are the same on every page; `prefix` is where the server has the application."""
    lists = {model: list_at(model) for _, entries in _GROUPS for _, _, model in entries}
    return lists | {page: reverse(page) for _, _, page, _ in _PAGES}


def _may_open(request: HttpRequest, model: str) -> bool:
    return admin.site.get_model_admin(apps.get_model(model)).has_view_permission(request)


def stylesheet(request: HttpRequest) -> str:
    return static("tether/admin.css")


def script(request: HttpRequest) -> str:
    return static("tether/accessible.js")


def favicon(request: HttpRequest) -> str:
    return static("tether/favicon.svg")
