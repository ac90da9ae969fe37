"""Which part of a call's content."""

from __future__ import annotations

from rest_framework import serializers

from tether_calls.common.queries import QuerySerializer


class ContentQuery(QuerySerializer):
    """What of a call is to be erased."""

    part = serializers.ChoiceField(choices=["audio", "transcript", "all"])
