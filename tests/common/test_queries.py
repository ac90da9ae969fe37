"""Query strings: camelCase on the wire, and nothing else in them than what is declared."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from rest_framework import serializers

from tether_calls.common.queries import QuerySerializer


class Query(QuerySerializer):
    two_words = serializers.CharField(required=False)
    plain = serializers.CharField(required=False)


def validated(query: str) -> Any:
    serializer = Query(data=QueryDict(query))
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def test_a_query_is_read_in_camel_case_and_handed_on_in_snake_case() -> None:
    assert validated("twoWords=x&plain=y") == {"two_words": "x", "plain": "y"}


def test_two_serializers_do_not_share_their_names() -> None:
    assert Query().fields.keys() == Query().fields.keys()
    assert validated("twoWords=x") == validated("twoWords=x")


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ("twoWords=x&twoWords=y", {"twoWords": ["Given more than once"]}),
        ("two_words=x", {"two_words": ["Unknown parameter"]}),
        ("other=x&other=y&=z", {"other": ["Unknown parameter"], "": ["Unknown parameter"]}),
    ],
)
def test_a_query_with_anything_else_in_it_is_refused(query: str, faults: dict[str, list[str]]) -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        validated(query)

    assert refused.value.detail == faults
