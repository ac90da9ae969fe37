"""camelCase on the wire, snake_case in Python, and free-form JSON as it came."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from rest_framework import serializers

from tether_calls.common.serializers import QuerySerializer, RequestSerializer, camelize


class Inner(RequestSerializer):
    inner_field = serializers.CharField()


class Outer(RequestSerializer):
    plain = serializers.CharField(required=False)
    two_words = serializers.CharField()
    renamed = serializers.CharField(source="other_name", required=False)
    free_form = serializers.JSONField(required=False)
    inner_ones = Inner(many=True, required=False)

    def validate_two_words(self, value: str) -> str:
        if value == "refused":
            raise serializers.ValidationError("Not this one")
        return value.upper()

    def validate_plain(self, value: str) -> str:
        return value.upper()


class Query(QuerySerializer):
    two_words = serializers.CharField(required=False)


def validated(serializer: Any) -> Any:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


@pytest.mark.parametrize(
    ("name", "wire"),
    [("plain", "plain"), ("two_words", "twoWords"), ("a_b_c", "aBC"), ("page_2", "page2"), ("_id", "_id")],
)
def test_names_are_written_in_camel_case(name: str, wire: str) -> None:
    assert camelize(name) == wire


def test_a_body_is_read_in_camel_case_and_handed_on_in_snake_case() -> None:
    assert validated(Outer(data={"twoWords": "x"})) == {"two_words": "X"}


def test_a_name_in_snake_case_is_another_name() -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        validated(Outer(data={"two_words": "x"}))

    assert refused.value.detail == {"twoWords": ["This field is required."]}


def test_a_hook_is_found_under_the_name_in_python() -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        validated(Outer(data={"twoWords": "refused"}))

    assert refused.value.detail == {"twoWords": ["Not this one"]}


def test_a_hook_of_a_name_without_an_underscore_is_found_too() -> None:
    assert validated(Outer(data={"twoWords": "x", "plain": "y"}))["plain"] == "Y"


def test_a_source_that_is_given_is_kept() -> None:
    assert validated(Outer(data={"twoWords": "x", "renamed": "y"}))["other_name"] == "y"


def test_free_form_json_keeps_its_keys() -> None:
    free = {"snake_case": {"camelCase": [{"with-dash": None, "": 0}]}}

    assert validated(Outer(data={"twoWords": "x", "freeForm": free}))["free_form"] == free


def test_faults_inside_are_named_as_on_the_wire() -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        validated(Outer(data={"twoWords": "x", "innerOnes": [{"innerField": "y"}, {"inner_field": "y"}]}))

    detail: Any = refused.value.detail
    assert detail == {"innerOnes": {1: {"innerField": ["This field is required."]}}}


def test_two_serializers_do_not_share_their_names() -> None:
    assert Outer().fields.keys() == Outer().fields.keys()
    assert validated(Outer(data={"twoWords": "x"})) == validated(Outer(data={"twoWords": "x"}))


def test_unknown_fields_of_a_body_are_ignored() -> None:
    assert validated(Outer(data={"twoWords": "x", "unknown": [1]})) == {"two_words": "X"}


def test_a_query_is_read_in_camel_case() -> None:
    assert validated(Query(data=QueryDict("twoWords=x"))) == {"two_words": "x"}


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
        validated(Query(data=QueryDict(query)))

    assert refused.value.detail == faults
