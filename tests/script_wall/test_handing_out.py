"""What functions hand out that they have not confined begins once more at their callers."""

from __future__ import annotations

import pytest

from tests.script_wall.snippets import found

# A module that hands out rows of every organization.
LENDER = """
    def queryset():
        calls = Call.objects.filter(status="ringing")  # wall: for the tests of this check
        return calls.order_by("pk")

    def lock_call(call_id):
        # wall: for the tests of this check
        return Call.objects.select_for_update(of=("self",)).get(pk=call_id)
"""


BORROWERS = {
    "a queryset": "from lender import queryset\nqueryset().filter(pk=call_id)",
    "a queryset in a variable": "from lender import queryset\ncalls = queryset()",
    "a locked row": "from lender import lock_call\nlock_call(call_id)",
    "by the module": "import lender\nlender.lock_call(call_id)",
    "the function itself": "from lender import queryset\ntables = {'calls': queryset}",
}


@pytest.mark.parametrize("source", BORROWERS.values(), ids=BORROWERS.keys())
def test_what_a_function_hands_out_is_a_beginning_for_its_callers(source: str) -> None:
    assert found(lender=LENDER, borrower=source) == [f"borrower:{source.splitlines()[-1]}"]


def test_a_caller_may_confine_what_it_is_handed() -> None:
    source = "from lender import queryset\nqueryset().of_organization(organization_id).filter(pk=call_id)"

    assert found(lender=LENDER, borrower=source) == []


HANDED_ON = {
    "through a variable": "calls = lent()\nreturn calls",
    "through a loop": "for call in lent():\n    if call.pk == 1:\n        return call",
    "by yielding": "yield from lent()",
    "one by one": "for call in lent():\n    yield call",
    "in one of two cases": "return None if organization_id else lent().first()",
    "in a list": "return [call for call in lent() if call.pk]",
    "in a tuple": "return lent().first(), 1",
    "by an index": "return lent()[0]",
    "as a list": "return list(lent()[:5])",
    "with an assignment in between": "if (call := lent().first()) is not None:\n    return call",
}
KEPT = {
    "whether there are any": "return lent().exists()",
    "how many": "return lent().count()",
    "their ids": "return list(lent().values_list('pk', flat=True))",
    "one id": "return lent().first().pk",
    "a confined query": "return lent().of_organization(organization_id)",
    "nothing": "lent().update(status='ended')",
}


def handed_on(body: str) -> list[str]:
    """What is found where `on`, whose body this is, is called; `lent` hands out every organization's calls."""
    indented = body.replace("\n", "\n    ")
    lent = "def lent():\n    return Call.objects.all()  # wall: for the tests of this check\n\n"
    lines = found(lender=f"{lent}def on():\n    {indented}\n", borrower="from lender import on\non()")
    return [line for line in lines if line.startswith("borrower")]


@pytest.mark.parametrize("body", HANDED_ON.values(), ids=HANDED_ON.keys())
def test_rows_are_followed_to_where_a_function_hands_them_out(body: str) -> None:
    assert handed_on(body) == ["borrower:on()"]


@pytest.mark.parametrize("body", KEPT.values(), ids=KEPT.keys())
def test_a_function_that_hands_out_no_rows_is_no_beginning(body: str) -> None:
    assert handed_on(body) == []


def test_a_method_is_followed_too() -> None:
    source = """
        class Page:
            def rows(self):
                return Call.objects.all()  # wall: for the tests of this check

            def first(self):
                return self.rows().first()
    """

    assert found(module=source) == ["module:return self.rows().first()"]


def test_what_a_private_function_hands_out_has_not_left_its_module() -> None:
    source = """
        def _lock(call_id):
            return Call.objects.get(pk=call_id)  # wall: for the tests of this check

        def end(call_id):
            _lock(call_id).save()
    """

    assert found(module=source) == []
