"""JSON bodies as structs: what is read, what is refused and in which words, and what the OpenAPI document says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import pytest

from tether_calls.common.bodies import Body, Rule, given, read_body_as, try_body
from tether_calls.common.errors import Detail, ErrorCode, TetherError
from tether_calls.common.fields import (
    email_address,
    moment,
    note,
    object_id,
    one_of,
    telephone_number,
    text,
    written_number,
)
from tether_calls.common.json_values import Unreadable
from tether_calls.common.schema import StructComponent
from tether_calls.common.wire import UNSET, UnsetType, camelize

ID = "64f0a1b2c3d4e5f6a7b8c9d4"
LONG = "x" * 6


def _even(number: int) -> int:
    if number % 2:
        raise Unreadable("Odd")
    return number


class Inner(Body):
    inner_field: Annotated[str, text()]


class Strict(Body, forbid_unknown_fields=True):
    known: bool = False


class OneOfThem(Body):
    at_least_one_of: ClassVar[tuple[str, ...]] = ("first_name", "last_name", "nick")
    blank_is_absent: ClassVar[bool] = True

    first_name: Annotated[str, text()] | UnsetType = UNSET
    last_name: Annotated[str, text()] | UnsetType = UNSET
    nick: Annotated[str, text()] | UnsetType = UNSET
    flag: bool = False

    def faults(self) -> Iterable[Detail]:
        if self.nick == "nobody":
            yield Detail("nick", "Not this one")


class Everything(Body):
    """A field of each kind."""

    two_words: Annotated[str, text(max_length=5, description="Words.")]
    maybe: Annotated[str, text(may_be_blank=True)] | UnsetType = UNSET
    as_it_is: Annotated[str, text(is_trimmed=False)] | UnsetType = UNSET
    owner: Annotated[str, object_id()] | UnsetType | None = UNSET
    phone: Annotated[str, telephone_number()] | UnsetType = UNSET
    mail: Annotated[str, email_address()] | UnsetType = UNSET
    flag: Annotated[bool, note("On or off.")] = False
    count: Annotated[int, msgspec.Meta(ge=1, le=10, extra=Rule(_even).as_extra())] = 2
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] | UnsetType = UNSET
    page: Annotated[Any, written_number(1, 10)] = 1
    at: Annotated[datetime, moment()] | None = None
    colour: Literal["red", "green"] | UnsetType = UNSET
    shape: Annotated[str, one_of(lambda: ("round", "square"))] | UnsetType = UNSET
    names: Annotated[list[Annotated[str, text(max_length=5)]], msgspec.Meta(min_length=1, max_length=3)] = (
        msgspec.field(default_factory=list)
    )
    name_or_number: Annotated[str | int, msgspec.Meta(extra=Rule(str, wrong_type="No name").as_extra())] | None = None
    free_form: dict[str, Any] | None = None
    inner: Inner | None = None
    inner_ones: list[Inner] | None = None
    strict: Strict | None = None
    colours: list[Literal["red", "green"]] | UnsetType = UNSET
    day: date | UnsetType = UNSET
    one_of_them: OneOfThem | UnsetType = UNSET


class Snake(Body, rename=None):
    two_words: str


def read(**fields: Any) -> Everything:
    return read_body_as(Everything, {"twoWords": "x", **fields})


def faults_of(data: Any, body_type: type[Body] = Everything) -> list[tuple[str, str]]:
    with pytest.raises(TetherError) as refused:
        read_body_as(body_type, data)
    assert refused.value.code is ErrorCode.VALIDATION_ERROR
    return [(detail.path, detail.message) for detail in refused.value.details]


# ---- What is read --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "wire"),
    [("plain", "plain"), ("two_words", "twoWords"), ("a_b_c", "aBC"), ("page_2", "page2"), ("_id", "_id")],
)
def test_names_are_written_in_camel_case(name: str, wire: str) -> None:
    assert camelize(name) == wire


def test_what_is_left_out_has_its_default_and_is_not_among_what_is_given() -> None:
    body = read()

    assert (body.two_words, body.maybe, body.count, body.at) == ("x", UNSET, 2, None)
    assert given(body).keys().isdisjoint({"maybe", "as_it_is", "owner", "phone", "mail", "colour"})
    assert given(read(maybe=""), "maybe", "phone") == {"maybe": ""}


@pytest.mark.parametrize(
    ("field", "sent", "read_as"),
    [
        ("twoWords", "  x y ", "x y"),
        ("twoWords", f" {'x' * 5} ", "x" * 5),
        ("maybe", "  ", ""),
        ("asItIs", "  x ", "  x "),
        ("owner", ID, ID),
        ("owner", None, None),
        ("phone", " +14165550199 ", "+14165550199"),
        ("mail", "", ""),
        ("mail", "a@example.com", "a@example.com"),
        ("flag", True, True),
        ("count", 10, 10),
        ("share", 0.5, 0.5),
        ("share", 1, 1.0),
        ("page", "03", 3),
        ("at", "2026-05-15T09:10:00", datetime(2026, 5, 15, 9, 10, tzinfo=UTC)),
        ("at", "2026-05-15T09:10:00+02:00", datetime(2026, 5, 15, 7, 10, tzinfo=UTC)),
        ("at", None, None),
        ("colour", "green", "green"),
        ("shape", "square", "square"),
        ("names", [" a ", "b"], ["a", "b"]),
        ("nameOrNumber", 10**30, str(10**30)),
        ("nameOrNumber", "x", "x"),
        ("freeForm", {"snake_case": {"camelCase": [{"": 0}]}}, {"snake_case": {"camelCase": [{"": 0}]}}),
        ("inner", {"innerField": "y", "unknown": 1}, Inner(inner_field="y")),
        ("innerOnes", [{"innerField": "y"}], [Inner(inner_field="y")]),
    ],
)
def test_a_value_becomes(field: str, sent: Any, read_as: Any) -> None:
    name = next(known.name for known in msgspec.structs.fields(Everything) if known.encode_name == field)

    assert getattr(read(**{field: sent}), name) == read_as


def test_unknown_fields_are_ignored_unless_the_struct_forbids_them() -> None:
    assert read(unknown=[1]) == read()
    assert faults_of({"twoWords": "x", "strict": {"known": True, "b": 1, "a": 2}}) == [
        ("strict.a", "Unknown field"),
        ("strict.b", "Unknown field"),
    ]


def test_a_struct_without_renaming_is_read_in_snake_case() -> None:
    assert read_body_as(Snake, {"two_words": "x"}).two_words == "x"
    assert faults_of({"twoWords": "x"}, Snake) == [("two_words", "This field is required.")]


# ---- What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [None, [], [1], "text", 5, 1.5, True])
def test_a_body_is_an_object(data: Any) -> None:
    assert faults_of(data) == [("", "The request body must be a JSON object")]


@pytest.mark.parametrize(
    ("field", "sent", "sentence"),
    [
        ("twoWords", None, "This field may not be null."),
        ("twoWords", " ", "This field may not be blank."),
        ("twoWords", 5, "Not a valid string."),
        ("twoWords", LONG, "Ensure this field has no more than 5 characters."),
        ("owner", "x", "Not an id of 24 hex digits"),
        ("owner", 5, "Not an id of 24 hex digits"),
        ("owner", ID.upper(), "Not an id of 24 hex digits"),
        ("phone", "14165550199", "Not a telephone number with its country code, such as +14165550199"),
        ("phone", None, "This field may not be null."),
        ("mail", "a@b", "Enter a valid email address."),
        ("flag", 1, "Must be a valid boolean."),
        ("flag", "true", "Must be a valid boolean."),
        ("count", True, "A valid integer is required."),
        ("count", "2", "A valid integer is required."),
        ("count", 2.0, "A valid integer is required."),
        ("count", 0, "Ensure this value is greater than or equal to 1."),
        ("count", 11, "Ensure this value is less than or equal to 10."),
        ("count", 3, "Odd"),
        ("share", True, "A valid number is required."),
        ("share", 10**400, "A valid number is required."),
        ("share", 1.5, "Ensure this value is less than or equal to 1."),
        ("page", None, "This field may not be null."),
        ("page", True, "A valid integer is required."),
        ("page", 1.0, "A valid integer is required."),
        ("page", "1_0", "A valid integer is required."),
        ("page", "٣", "A valid integer is required."),
        ("page", 11, "Ensure this value is less than or equal to 10."),
        ("at", "2026-05-15", "Not an ISO 8601 date-time"),
        ("at", 5, "Not an ISO 8601 date-time"),
        ("colour", "blue", '"blue" is not a valid choice.'),
        ("colour", ["red"], "\"['red']\" is not a valid choice."),
        ("colour", "y" * 500, f'"{"y" * 100}" is not a valid choice.'),
        ("shape", "flat", '"flat" is not a valid choice.'),
        ("names", "a", "Expected a list of items."),
        ("names", [], "Ensure this field has at least 1 elements."),
        ("names", ["a"] * 4, "Ensure this field has no more than 3 elements."),
        ("nameOrNumber", True, "No name"),
        ("nameOrNumber", 1.5, "No name"),
        ("nameOrNumber", [], "No name"),
        ("freeForm", [], "Expected an object."),
        ("inner", 5, "Expected an object."),
    ],
)
def test_a_fault_has_its_path_and_a_sentence(field: str, sent: Any, sentence: str) -> None:
    assert faults_of({"twoWords": "x", field: sent}) == [(field, sentence)]


def test_every_fault_is_named_in_the_order_of_the_fields() -> None:
    assert faults_of({"flag": 1, "count": "x", "owner": "x", "names": ["ok", LONG, 5]}) == [
        ("twoWords", "This field is required."),
        ("owner", "Not an id of 24 hex digits"),
        ("flag", "Must be a valid boolean."),
        ("count", "A valid integer is required."),
        ("names.1", "Ensure this field has no more than 5 characters."),
        ("names.2", "Not a valid string."),
    ]


def test_a_type_without_a_reader_here_is_msgspecs() -> None:
    assert read(day="2026-05-15").day == date(2026, 5, 15)
    [(path, sentence)] = faults_of({"twoWords": "x", "day": "tomorrow"})
    assert (path, "day" in sentence) == ("", True)


def test_one_field_may_have_several_faults() -> None:
    address = "x" * 300

    assert faults_of({"twoWords": "x", "mail": address}) == [
        ("mail", "Ensure this field has no more than 254 characters."),
        ("mail", "Enter a valid email address."),
    ]


def test_faults_inside_are_named_as_on_the_wire() -> None:
    sent = {"twoWords": "x", "inner": {}, "innerOnes": [{"innerField": "y"}, {"inner_field": "y"}]}

    assert faults_of(sent) == [
        ("inner.innerField", "This field is required."),
        ("innerOnes.1.innerField", "This field is required."),
    ]


def test_null_and_blank_texts_may_stand_for_fields_that_are_left_out() -> None:
    body = read_body_as(OneOfThem, {"firstName": None, "lastName": " ", "nick": "N", "flag": None})

    assert given(body) == {"nick": "N", "flag": False}


def test_of_several_fields_one_is_enough_and_none_is_not() -> None:
    sentence = "firstName, lastName or nick is required"

    assert given(read_body_as(OneOfThem, {"lastName": "x"}))["last_name"] == "x"
    for nothing in ({}, {"firstName": "", "nick": None}, {"first_name": "x"}):
        assert faults_of(nothing, OneOfThem) == [("", sentence)]
    # What is wrong by itself comes first.
    assert faults_of({"flag": 5}, OneOfThem) == [("flag", "Must be a valid boolean.")]


def test_a_struct_inside_another_is_looked_at_as_a_whole_too() -> None:
    assert read(oneOfThem={"nick": "N"}).one_of_them == OneOfThem(nick="N")
    assert faults_of({"twoWords": "x", "oneOfThem": {"nick": "nobody"}}) == [("oneOfThem.nick", "Not this one")]
    assert faults_of({"twoWords": "x", "oneOfThem": {}}) == [("oneOfThem", "firstName, lastName or nick is required")]


def test_a_struct_looks_at_its_fields_together_when_each_is_right() -> None:
    assert faults_of({"nick": "nobody"}, OneOfThem) == [("nick", "Not this one")]
    assert faults_of({"nick": "nobody", "flag": 1}, OneOfThem) == [("flag", "Must be a valid boolean.")]


def test_a_reader_with_codes_of_its_own_gets_the_faults() -> None:
    assert try_body(OneOfThem, {"nick": 5}) == (None, [Detail("nick", "Not a valid string.")])
    body, faults = try_body(OneOfThem, {"nick": "N"})
    assert (body, faults) == (OneOfThem(nick="N"), [])


# ---- What the OpenAPI document says --------------------------------------------------------------------------------


def described(body_type: type[Body]) -> Any:
    class Schema:
        def resolve_serializer(self, *_: Any) -> None: ...

    return StructComponent(body_type).map_serializer(Schema(), "request")  # type: ignore[arg-type, no-untyped-call]


def test_the_document_says_what_is_read() -> None:
    component = described(Everything)
    fields = component["properties"]

    assert (component["required"], component["additionalProperties"]) == (["twoWords"], True)
    assert fields["twoWords"] == {
        "type": "string",
        "minLength": 1,
        "pattern": r"\S",
        "maxLength": 5,
        "description": "Words.",
    }
    assert fields["flag"] == {"type": "boolean", "default": False, "description": "On or off."}
    assert fields["count"] == {"type": "integer", "minimum": 1, "maximum": 10, "default": 2}
    assert fields["page"] == {"type": "integer", "minimum": 1, "maximum": 10, "default": 1}
    assert fields["at"] == {"type": "string", "format": "date-time", "nullable": True}
    assert fields["owner"] == {"type": "string", "pattern": "^[0-9a-f]{24}$", "nullable": True}
    assert fields["colour"] == {"type": "string", "enum": ["red", "green"]}
    assert fields["colours"]["items"] == fields["colour"]
    assert fields["shape"] == {"type": "string", "enum": ["round", "square"]}
    assert fields["names"]["items"] == {"type": "string", "minLength": 1, "pattern": r"\S", "maxLength": 5}
    assert fields["nameOrNumber"] == {"anyOf": [{"type": "string", "nullable": True}, {"type": "integer"}]}
    null = {"type": "object", "nullable": True, "enum": [None]}
    assert fields["inner"] == {"anyOf": [{"$ref": "#/components/schemas/Inner"}, null]}


class OneOfThemAsSpecified(OneOfThem):
    as_specified: ClassVar[bool] = True


def test_the_document_says_of_which_fields_one_is_enough_where_the_specification_does() -> None:
    assert "anyOf" not in described(OneOfThem)
    specified = described(OneOfThemAsSpecified)
    assert specified["anyOf"] == [{"required": [name]} for name in ("firstName", "lastName", "nick")]
    assert not any("pattern" in field or "minLength" in field for field in specified["properties"].values())
