"""`{{name}}` in an agent's texts: values are data, whatever they say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.models import Prompt
from calls.services.agent_calls.call_variables import MAX_TEXT, Personalization, check_variables, personalize, render
from tether_calls.common.errors import ErrorCode, TetherError

NAMES = st.sampled_from(["a", "b", "a.b", "__class__", "x y", "", "0", "a.0", "items", "call_reason", "system__time"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | NAMES.map("{{{{{0}}}}}".format)
    | st.sampled_from(["{{", "}}", "{{{{a}}}}", "{a}", "%s", "${a}", "\\1", "\\g<0>"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(), inner, max_size=3),
    max_leaves=8,
)
VARIABLES = st.dictionaries(NAMES | st.text(), VALUES, max_size=5)
TEXTS = st.lists(
    NAMES.map("{{{{{0}}}}}".format) | st.sampled_from(["{{", "}}", "{", "}", " "]) | st.text(), max_size=8
).map("".join)


def shown(text: str, **variables: Any) -> str:
    return render(text, variables).text


def agent(prompt: str = "", first_message: str = "") -> Prompt:
    return Prompt(name="Mia", prompt=prompt, first_message=first_message)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello {{name}}.", "Hello Dana."),
        ("{{ name }}{{name}}{{\tname\n}}", "DanaDanaDana"),
        ("{{customer.name.first}}", "Lee"),
        ("{{orders.0.id}} and {{orders.1.id}}", "17 and 18"),
        ("{{list}} {{customer.name}}", '[1, "zwei"] {"first": "Lee"}'),
        ("{{yes}} {{no}} {{half}} {{none}}.", "true false 0.5 ."),
        ("{{dotted.key}}", "whole"),
        ("{{__class__}}", "just a key"),
        ("{{ü}}", "Grüße"),
        # What stays as it is.
        ("{name} {{}} {{ }} {{{}}} }}name{{", "{name} {{}} {{ }} {{{}}} }}name{{"),
        (
            "{{Name}} {{orders.2.id}} {{orders.-1.id}} {{orders.x}}",
            "{{Name}} {{orders.2.id}} {{orders.-1.id}} {{orders.x}}",
        ),
        ("{{name.upper}} {{name.__class__}} {{customer.keys}}", "{{name.upper}} {{name.__class__}} {{customer.keys}}"),
        (
            "{{name.0}} {{orders.\u0966.id}} {{1 + 1}} {{name|upper}}",
            "{{name.0}} {{orders.\u0966.id}} {{1 + 1}} {{name|upper}}",
        ),
    ],
)
def test_what_a_text_says_with_values(text: str, expected: str) -> None:
    variables = {
        "name": "Dana",
        "customer": {"name": {"first": "Lee"}},
        "orders": [{"id": 17}, {"id": 18}],
        "list": [1, "zwei"],
        "yes": True,
        "no": False,
        "half": 0.5,
        "none": None,
        "dotted.key": "whole",
        "__class__": "just a key",
        "ü": "Grüße",
    }

    assert render(text, variables).text == expected


def test_what_was_put_in_is_not_rendered_again() -> None:
    assert shown("{{a}} {{b}}", a="{{b}}", b="{{a}}") == "{{b}} {{a}}"
    # Nor do two values make a name together.
    assert shown("{{a}}{{b}}", a="{{", b="a}}") == "{{a}}"


def test_unknown_names_are_told_once_each() -> None:
    rendered = render("{{b}} {{a}} {{b}} {{c}} {{a.d}}", {"c": 1})

    assert (rendered.unknown, rendered.filled) == (("b", "a", "a.d"), True)


@given(TEXTS, VARIABLES)
def test_rendering_never_raises_and_reads_no_value_as_a_text(text: str, variables: dict[str, Any]) -> None:
    marked = _with_marks(variables)

    once = render(text, marked).text

    # Values with every brace replaced give the same text but for these: none of them was looked into.
    assert once.replace("\ue000", "{").replace("\ue001", "}") == render(text, variables).text


def _with_marks(value: Any) -> Any:
    """Braces in values as characters of nobody; in keys they stay."""
    if isinstance(value, str):
        return value.replace("{", "\ue000").replace("}", "\ue001")
    if isinstance(value, dict):
        return {key: _with_marks(inner) for key, inner in value.items()}
    return [_with_marks(inner) for inner in value] if isinstance(value, list) else value


@given(TEXTS, TEXTS, VARIABLES)
def test_what_the_provider_gets_is_what_it_takes(prompt: str, first_message: str, variables: dict[str, Any]) -> None:
    given = personalize(agent(prompt, first_message), variables)

    for text in (given.instructions, given.first_message):
        assert text is None or json.loads(json.dumps(text)) == text
    for name, value in given.dynamic_variables.items():
        assert isinstance(value, str | int | float | bool)
        assert not name.startswith(("system__", "secret__"))


def texts(given: Personalization) -> tuple[str | None, str | None]:
    return given.instructions, given.first_message


def test_a_text_is_replaced_only_where_something_was_filled_in() -> None:
    variables = {"name": "Dana"}

    assert texts(personalize(agent("Be kind to {{name}}.", "Hello."), variables)) == ("Be kind to Dana.", None)
    assert texts(personalize(agent("Be kind.", "Hello {{name}}."), variables)) == (None, "Hello Dana.")
    assert texts(personalize(agent("Be kind to {{nobody}}.", "Hello {{call_reason}}."), variables)) == (None, None)


def test_flat_values_are_dynamic_variables_too() -> None:
    given = personalize(agent(), {"a": "x", "b": 1, "c": 0.5, "d": True, "e": None, "f": [1], "g": {"h": 1}, "i j": 1})

    assert given.dynamic_variables == {"a": "x", "b": 1, "c": 0.5, "d": True}
    assert given.warnings == ()


def test_what_stays_in_a_text_stays_at_the_provider() -> None:
    """Which would end the conversation for want of a value, or fill in what a value only mentions."""
    given = personalize(agent("{{a}} {{unknown}}"), {"a": "{{b}}", "b": "secret"})

    assert given.instructions == "{{b}} {{unknown}}"
    assert given.dynamic_variables == {"a": "{{b}}", "b": "{{b}}", "unknown": "{{unknown}}"}
    assert given.warnings == ("Unknown variable in the agent's instructions: unknown",)


@pytest.mark.parametrize(
    "name", ["system__time", "secret__key", "call_reason", "contact_name", "tether_call_id", "transfer_number"]
)
def test_reserved_names_are_left_out_with_a_warning_and_left_to_the_provider(name: str) -> None:
    given = personalize(agent(f"{{{{{name}}}}} {{{{a}}}}"), {name: "mine", "a": 1})

    assert given.instructions == f"{{{{{name}}}}} 1"
    assert given.dynamic_variables == {"a": 1}
    assert given.warnings == (f"The variable {name} was left out: its name is reserved",)


def test_names_of_ours_need_no_variable() -> None:
    assert personalize(agent("{{contact_name}} {{system__time}}", "{{call_reason}}"), {}).warnings == ()


def test_a_text_that_would_become_too_long_is_refused() -> None:
    with pytest.raises(TetherError) as raised:
        personalize(agent("{{a}}" * 100_000), {"a": "x" * 16_000})

    assert raised.value.code is ErrorCode.INVALID_VARIABLES


def test_an_agents_own_text_may_be_long() -> None:
    assert texts(personalize(agent("x" * (MAX_TEXT + 1)), {"a": 1})) == (None, None)


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "variables",
    [
        *(1, "text", True, [], [{}], 1.5),
        nested(11),
        {"a": [[[[[[[[[[1]]]]]]]]]]},
        nested(500),
        {"a": "x" * 16_384},
        {"a": "ü" * 8_192},
        {str(number): 1 for number in range(501)},
        {"a": {str(number): 1 for number in range(500)}},
        {"a": "\0"},
        {"\0": 1},
        {"a": 2**63},
        {"a": [-(2**64)]},
    ],
    ids=lambda value: str(value)[:20],
)
def test_variables_that_are_none_or_too_many(variables: Any) -> None:
    with pytest.raises(TetherError) as raised:
        check_variables(variables)

    assert raised.value.code is ErrorCode.INVALID_VARIABLES


@pytest.mark.parametrize(
    "variables",
    [{}, nested(10), {"a": "x" * 16_376}, {"": ""}, {str(number): 1 for number in range(500)}, {"a": 2**63 - 1}],
    ids=lambda value: str(value)[:20],
)
def test_variables_within_the_limits(variables: dict[str, Any]) -> None:
    assert check_variables(variables) == variables
