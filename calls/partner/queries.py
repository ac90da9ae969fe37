"""Query strings of /api/v1: what is unknown, repeated or malformed is refused."""

from __future__ import annotations

from math import ceil

from rest_framework import serializers

from calls.models import CallDirection, CallStatus
from tether_calls.common.pagination import MAX_PAGE, MAX_SIZE, Paging
from tether_calls.common.queries import StrictQuerySerializer, WholeNumberParameter


class NoParametersQuery(StrictQuerySerializer):
    """Nothing to choose."""


class PartnerPageQuery(StrictQuerySerializer):
    page = WholeNumberParameter(required=False, default=1, min_value=1, max_value=MAX_PAGE)
    limit = WholeNumberParameter(required=False, default=10, min_value=1, max_value=MAX_SIZE, help_text="Of a page.")

    @property
    def paging(self) -> Paging:
        return Paging(self.validated_data["page"], self.validated_data["limit"])

    def pages(self, count: int) -> int:
        """How many pages `count` rows fill."""
        return ceil(count / self.paging.size)


class PartnerContactsQuery(PartnerPageQuery):
    search = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=100,
        help_text="Part of a name, number or e-mail address; of several words, each must occur. Empty: all contacts.",
    )


class PartnerCallsQuery(PartnerPageQuery):
    agent_id = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="An agent's id or assistant_id; empty: of all."
    )
    status = serializers.ChoiceField(choices=CallStatus.values, required=False)
    type = serializers.ChoiceField(choices=CallDirection.values, required=False)
