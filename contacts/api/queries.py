"""The query strings of contacts."""

from __future__ import annotations

from rest_framework import serializers

from tether_calls.common.pagination import PageQuery


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
