"""Routes under /api/v1."""

from django.urls import path, re_path

from calls.partner.agents import PartnerAgentsViewSet
from calls.partner.base import unknown_path
from calls.partner.calls import PartnerCallsViewSet
from calls.partner.contacts import PartnerContactsViewSet
from calls.partner.webhooks import PartnerWebhooksViewSet

urlpatterns = [
    path("agents", PartnerAgentsViewSet.as_view({"get": "list"})),
    path("contacts", PartnerContactsViewSet.as_view({"get": "list"})),
    path("contacts/<objectid:contact_id>", PartnerContactsViewSet.as_view({"get": "retrieve"})),
    path("calls", PartnerCallsViewSet.as_view({"get": "list", "post": "create"})),
    path("calls/<objectid:call_id>", PartnerCallsViewSet.as_view({"get": "retrieve"})),
    path("webhooks", PartnerWebhooksViewSet.as_view({"get": "list", "post": "create"})),
    path("webhooks/<objectid:webhook_id>", PartnerWebhooksViewSet.as_view({"delete": "destroy"})),
    re_path("", unknown_path),
]
