"""Comments that excuse a query: which one, and with what reason."""

from __future__ import annotations

import pytest

from tests.script_wall.snippets import found


def test_a_marker_excuses_the_statement_below_it_and_no_other() -> None:
    source = """
        # wall: the platform's jobs look at every organization,
        # so that none is forgotten
        calls = (
            Call.objects.filter(status="ringing")
            .order_by("pk")
        )
        others = Call.objects.all()
    """

    assert found(module=source) == ["module:others = Call.objects.all()"]


def test_a_marker_at_the_end_of_a_line_excuses_that_line_alone() -> None:
    source = """
        tables = {
            "calls": Call.objects.all(),  # wall: for the tests of this check
            "contacts": Contact.objects.all(),
        }
    """

    assert found(module=source) == ['module:"contacts": Contact.objects.all(),']


def test_a_marker_within_a_statement_excuses_the_next_line_alone() -> None:
    source = """
        tables = {
            # wall: for the tests of this check
            "calls": Call.objects.all(),
            "contacts": Contact.objects.all(),
        }
    """

    assert found(module=source) == ['module:"contacts": Contact.objects.all(),']


def test_a_marker_above_a_condition_or_a_loop_excuses_nothing_in_it() -> None:
    source = """
        # wall: for the tests of this check
        for call in Call.objects.all():
            Contact.objects.get(pk=call.contact_id)
    """

    assert found(module=source) == ["module:Contact.objects.get(pk=call.contact_id)"]


def test_a_marker_above_a_function_speaks_of_what_it_hands_out_and_not_of_its_queries() -> None:
    source = """
        # wall: the signature decides whose account it is
        @cache
        def accounts():
            return Call.objects.all()
    """

    assert found(module=source, borrower="from module import accounts\naccounts()") == [
        "module:return Call.objects.all()",
    ]


@pytest.mark.parametrize("marker", ["# wall:", "# wall: yes", "# wall: it is so", "# wall", "#wall for all of them"])
def test_a_marker_needs_a_colon_and_a_reason_of_some_words(marker: str) -> None:
    is_reason = marker == "# wall: it is so"

    lines = found(module=f"{marker}\nCall.objects.all()")

    assert lines == ([] if is_reason else [f"module:{marker}"])


@pytest.mark.parametrize(
    "statement",
    [
        "Call.objects.of_organization(organization_id)",
        "def nothing():\n    return 1",
        "def ids():\n    return contact.calls.all()",
    ],
)
def test_a_marker_that_nothing_needs_is_refused(statement: str) -> None:
    assert found(module=f"# wall: for the tests of this check\n{statement}") == [
        "module:# wall: for the tests of this check"
    ]


def test_a_comment_of_another_wall_is_no_marker() -> None:
    assert found(module="# wallets are opened once\nOrganization.objects.all()") == []
