"""Routes of contacts, under /api."""

from django.urls import path

from contacts.api.consent_files import ConsentExportViewSet, ConsentImportViewSet
from contacts.api.consents import ConsentsViewSet
from contacts.api.contacts import ContactsViewSet

urlpatterns = [
    path("consents", ConsentsViewSet.as_view({"get": "list", "post": "create", "delete": "revoke_of_number"})),
    path("consents/import", ConsentImportViewSet.as_view({"post": "create"})),
    path("consents/export", ConsentExportViewSet.as_view({"get": "read"})),
    path("consents/<objectid:consent_id>", ConsentsViewSet.as_view({"delete": "revoke"})),
    path("contacts", ContactsViewSet.as_view({"get": "list"})),
    path("contacts/phoneNumber", ContactsViewSet.as_view({"post": "look_up"})),
    path("contacts/<objectid:contact_id>", ContactsViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("contact", ContactsViewSet.as_view({"post": "create", "put": "update"})),
]
