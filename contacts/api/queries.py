"""The query strings of contacts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from contacts.models import CallPurpose
from tether_calls.common.pagination import PageQuery
from tether_calls.common.queries import ObjectIdParameter, QuerySerializer, WholeNumberParameter


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


class ConsentsQuery(PageQuery):
    phone_number = serializers.CharField(required=False, max_length=40, help_text="In any spelling.")


class RevokeConsentsQuery(QuerySerializer):
    phone_number = serializers.CharField(max_length=40, help_text="In any spelling.")
    purpose = serializers.ChoiceField(choices=CallPurpose.values, required=False)


class ContactNotesQuery(QuerySerializer):
    contact_id = ObjectIdParameter(required=False)
    call_id = ObjectIdParameter(required=False, help_text="At least one of contactId, callId and mentioned; all hold.")
    mentioned = serializers.ChoiceField(
        required=False, choices=["me"], help_text="Notes that mention the user who asks."
    )
    limit = WholeNumberParameter(required=False, default=25, min_value=1, max_value=100)
    offset = WholeNumberParameter(required=False, default=0, min_value=0, max_value=10_000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not {"contact_id", "call_id", "mentioned"} & attrs.keys():
            raise serializers.ValidationError({"contactId": ["contactId or callId is required"]})
        return attrs
