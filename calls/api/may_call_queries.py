"""The query strings of decisions about dials."""

from __future__ import annotations

from rest_framework import serializers

from calls.api.queries import YesOrNoParameter
from tether_calls.common.queries import ObjectIdParameter, QuerySerializer, StrictQuerySerializer, WholeNumberParameter

_MOST, _USUAL = 200, 50


class _Decisions(serializers.Serializer[None]):
    limit = WholeNumberParameter(required=False, default=_USUAL, min_value=1, max_value=_MOST)
    cursor = ObjectIdParameter(required=False, help_text="Where the page before has ended.")
    allowed = YesOrNoParameter(required=False)


class DecisionsQuery(_Decisions, QuerySerializer):
    phone_number = serializers.CharField(required=False, max_length=32)
    call_id = ObjectIdParameter(required=False)


class PartnerDecisionsQuery(_Decisions, StrictQuerySerializer):
    phone_number = serializers.CharField(required=False, max_length=32)
    call_id = ObjectIdParameter(required=False)
