"""What the endpoints of contacts take and answer; the document itself is in `contacts.documents`."""

from __future__ import annotations

from typing import Any, Literal

from rest_framework import serializers

from contacts.documents import ContactDocument
from contacts.models import Contact
from tether_calls.common.fields import E164Field, ObjectIdParameter, TextField
from tether_calls.common.pagination import PageQuery
from tether_calls.common.serializers import RequestSerializer
from tether_calls.common.wire import WireStruct


class ContactsQuery(PageQuery):
    search = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=100,
        help_text="Part of a name, number or e-mail address; of several words, each must occur.",
    )
    source = serializers.CharField(  # type: ignore[assignment]  # a parameter, not the serializer's own source
        required=False, default="", allow_blank=True, max_length=50, help_text="What made the contact, exactly."
    )


class EmailField(TextField, serializers.EmailField):
    """An address, and no number that could be written as one."""


class ContactFields(RequestSerializer):
    first_name = TextField(required=False, allow_blank=True, max_length=Contact.NAME_MAX)
    last_name = TextField(required=False, allow_blank=True, max_length=Contact.NAME_MAX)
    email = EmailField(required=False, allow_blank=True, max_length=254)
    source = TextField(  # type: ignore[assignment]  # a field, not the serializer's own source
        required=False, allow_blank=True, max_length=50, help_text="What made the contact."
    )


class ContactCreateRequest(ContactFields):
    phone_number = E164Field()


class ContactUpdateRequest(ContactFields):
    """Which contact, and what is to change of it."""

    _id = ObjectIdParameter(required=False, source="id", help_text="Required, unless contactId is given.")
    contact_id = ObjectIdParameter(required=False, help_text="The same as _id.")
    phone_number = E164Field(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = {attrs.pop(name) for name in ("id", "contact_id") if name in attrs}
        if not named:
            raise serializers.ValidationError({"_id": ["This field is required."]})
        if len(named) > 1:
            raise serializers.ValidationError({"contactId": ["Not the same as _id"]})
        return {"contact_id": named.pop(), "changes": attrs}


class ContactLookupRequest(RequestSerializer):
    phone_number = E164Field()


class ContactsPageResponse(WireStruct):
    """One page of contacts, newest first; `total` counts those of all pages."""

    data: list[ContactDocument]
    total: int
    page: int
    size: int


class ContactResponse(WireStruct):
    """One contact."""

    success: Literal[True]
    contact: ContactDocument
