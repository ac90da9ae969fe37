"""Routes under /api/v1."""

from django.urls import path, re_path

from calls.partner.agents import PartnerAgentsViewSet
from calls.partner.analytics import PartnerAnalyticsViewSet
from calls.partner.base import unknown_path
from calls.partner.calls import PartnerCallsViewSet
from calls.partner.contacts import PartnerContactsViewSet
from calls.partner.context import ContextVariablesViewSet, ContextViewSet
from calls.partner.may_call import PartnerMayCallViewSet
from calls.partner.messages import PartnerMessagesViewSet
from calls.partner.scheduled_calls import PartnerScheduledCallsViewSet
from calls.partner.search import PartnerSearchViewSet
from calls.partner.webhooks import PartnerWebhooksViewSet

urlpatterns = [
    path("agents", PartnerAgentsViewSet.as_view({"get": "list"})),
    path("contacts", PartnerContactsViewSet.as_view({"get": "list"})),
    path("contacts/<objectid:contact_id>", PartnerContactsViewSet.as_view({"get": "retrieve"})),
    path("contacts/create", PartnerContactsViewSet.as_view({"post": "create"})),
    path("contacts/<objectid:contact_id>/context", ContextViewSet.as_view({"post": "of_contact"})),
    path("business/context", ContextViewSet.as_view({"post": "of_business"})),
    path("context-variables", ContextVariablesViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "context-variables/<objectid:variable_id>",
        ContextVariablesViewSet.as_view({"patch": "change", "delete": "destroy"}),
    ),
    path("calls", PartnerCallsViewSet.as_view({"get": "list", "post": "create"})),
    path("calls/analytics", PartnerAnalyticsViewSet.as_view({"get": "read"})),
    path("calls/search", PartnerSearchViewSet.as_view({"get": "list"})),
    path("calls/<objectid:call_id>", PartnerCallsViewSet.as_view({"get": "retrieve"})),
    path("messages", PartnerMessagesViewSet.as_view({"get": "list", "post": "create"})),
    path("messages/<objectid:message_id>", PartnerMessagesViewSet.as_view({"get": "retrieve"})),
    path("may-call", PartnerMayCallViewSet.as_view({"post": "ask"})),
    path("decisions", PartnerMayCallViewSet.as_view({"get": "list"})),
    path("scheduled-calls", PartnerScheduledCallsViewSet.as_view({"get": "list"})),
    path(
        "scheduled-calls/<objectid:scheduled_id>",
        PartnerScheduledCallsViewSet.as_view({"get": "retrieve", "patch": "move", "delete": "cancel"}),
    ),
    path("webhooks", PartnerWebhooksViewSet.as_view({"get": "list", "post": "create"})),
    path("webhooks/<objectid:webhook_id>", PartnerWebhooksViewSet.as_view({"patch": "change", "delete": "destroy"})),
    path("webhooks/<objectid:webhook_id>/rotate", PartnerWebhooksViewSet.as_view({"post": "rotate"})),
    path("webhooks/<objectid:webhook_id>/test", PartnerWebhooksViewSet.as_view({"post": "test"})),
    re_path("", unknown_path),
]
