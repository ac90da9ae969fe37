"""The sidebar, and the files that go with every page; named in settings.UNFOLD."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static

from tether_calls.common.admin.display import list_at

# Title of the group, then title, icon (of Material Symbols) and model of each entry.
_GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "History",
        (
            ("Calls", "call", "calls.call"),
            ("Contacts", "contacts", "contacts.contact"),
            ("Conversations", "forum", "conversations.conversation"),
            ("Do Not Call", "phone_disabled", "contacts.donotcallnumber"),
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
        ),
    ),
    (
        "Access",
        (
            ("Users", "group", "accounts.user"),
            ("Organizations", "apartment", "accounts.organization"),
            ("Wallets", "account_balance_wallet", "accounts.wallet"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The lists that the user may open, in groups."""
    return [
        {
            "title": title,
            "separator": position > 0,
            "items": [
                {"title": name, "icon": icon, "link": list_at(model)}
                for name, icon, model in entries
                if _may_open(request, model)
            ],
        }
        for position, (title, entries) in enumerate(_GROUPS)
    ]


def _may_open(request: HttpRequest, model: str) -> bool:
    return admin.site.get_model_admin(apps.get_model(model)).has_view_permission(request)


def stylesheet(request: HttpRequest) -> str:
    return static("tether/admin.css")


def favicon(request: HttpRequest) -> str:
    return static("tether/favicon.svg")
