"""The check of the wall between organizations: what it finds, what it lets pass, and that it knows the models."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from script.wall import __main__ as program
from script.wall.beginnings import CONFINES, beginnings_in
from script.wall.check import findings_in
from script.wall.models import Models, models_of, unguarded
from script.wall.syntax import Module

KNOWN = Models(
    tenants=frozenset({"Call", "Contact", "User"}),
    parts=frozenset({"Recording"}),
    others=frozenset({"Organization", "Session"}),
    querysets=Models.querysets | {"CallQuerySet"},
)
IMPORTS = "from calls.models import Call, Contact, Organization, Recording\n"
# A module that hands out rows of every organization.
LENDER = """
    def queryset():
        calls = Call.objects.filter(status="ringing")  # wall: for the tests of this check
        return calls.order_by("pk")

    def lock_call(call_id):
        # wall: for the tests of this check
        return Call.objects.select_for_update(of=("self",)).get(pk=call_id)
"""


def modules(**sources: str) -> list[Module]:
    return [
        Module.parse(name=name, path=f"{name}.py", source=IMPORTS + dedent(source)) for name, source in sources.items()
    ]


def found(**sources: str) -> list[str]:
    """`module:text of the line`, for each finding."""
    parsed = modules(**sources)
    lines = {module.path: module.source.splitlines() for module in parsed}
    return [
        f"{finding.path.removesuffix('.py')}:{lines[finding.path][finding.line - 1].strip()}"
        for finding in findings_in(parsed, KNOWN)
    ]


# ---- Where a query begins --------------------------------------------------------------------------------------------

# One line each: the line that is found.
HOLES = {
    "a row by its id": "Call.objects.filter(pk=call_id).first()",
    "a row by its id, without a filter": "Call.objects.get(pk=call_id)",
    "a lock": 'Call.objects.select_for_update(of=("self",)).get(pk=call_id)',
    "confined too late": "Call.objects.order_by().of_organization(organization_id)",
    "the column by hand": "Call.objects.filter(organization_id=organization_id)",
    "a manager in a variable": "calls = Call.objects",
    "a manager handed on": "page_of(Call.objects, paging)",
    "a method handed on": "partial(Call.objects.of_organization, organization_id)",
    "a queryset in a variable": "calls = Call.objects.all()",
    "a subquery": "Exists(Call.objects.filter(contact=OuterRef('pk')))",
    "the other side of an or": "Call.objects.of_organization(organization_id) | Call.objects.filter(pk=call_id)",
    "a prefetch": "Prefetch('calls', queryset=Call.objects.filter(status=status))",
    "the default manager": "Call._default_manager.filter(pk=call_id)",
    "the base manager": "Call._base_manager.filter(pk=call_id)",
    "a model in a variable": "model._default_manager.filter(pk=row_id)",
    "the model of a row": "type(row).objects.filter(pk=row_id)",
    "the model of a queryset": "calls.model.objects.filter(pk=call_id)",
    "what finds or makes": "Contact.objects.get_or_create(phone_number=number)",
    "what changes or makes": "Contact.objects.update_or_create(phone_number=number)",
    "an insert that finds rows": "Contact.objects.bulk_create(rows, update_conflicts=True)",
    "SQL of a manager": "Call.objects.raw('SELECT * FROM calls_call')",
    "SQL by hand": "connection.cursor()",
    "a queryset made by hand": "CallQuerySet(Call).filter(pk=call_id)",
    "a model by its package": "calls.models.Call.objects.get(pk=call_id)",
    "the user model": "get_user_model().objects.get(pk=user_id)",
    "a shortcut": "get_object_or_404(Call, pk=call_id)",
    "a part of a row": "Recording.objects.filter(call_id=call_id)",
    "a part of a row, in vain confined": "Recording.objects.filter(call__organization_id=organization_id)",
}
CLEAN = {
    "confined": "Call.objects.of_organization(organization_id).filter(pk=call_id).first()",
    "confined, then locked": "Call.objects.of_organization(organization_id).select_for_update().get(pk=call_id)",
    "confined by an outer query": "Exists(Call.objects.of_organization(OuterRef('pk')))",
    "what hangs on a row": "contact.calls.filter(status=status)",
    "a part of a row": "call.recordings.order_by('-id').first()",
    "what makes a row": "Call.objects.create(organization_id=organization_id)",
    "what makes rows": "Call.objects.bulk_create(rows, ignore_conflicts=True)",
    "nothing": "Call.objects.none()",
    "a model that is nobody's": "Organization.objects.filter(pk=organization_id)",
    "rows that are there": "call.refresh_from_db()",
}
NAMES = """
import calls.models
from django.contrib.auth import get_user_model
from django.shortcuts import get_object_or_404
from calls.models.call import CallQuerySet
"""


@pytest.mark.parametrize("line", HOLES.values(), ids=HOLES.keys())
def test_a_query_that_is_not_confined_where_it_begins_is_found(line: str) -> None:
    assert found(module=NAMES + line) == [f"module:{line}"]


@pytest.mark.parametrize("line", CLEAN.values(), ids=CLEAN.keys())
def test_a_query_that_is_confined_or_begins_with_a_row_in_hand_passes(line: str) -> None:
    assert found(module=NAMES + line) == []


def test_another_name_for_a_model_hides_nothing() -> None:
    source = """
        from calls.models import Call as Row
        from calls import models as tables

        Same = Call
        Row.objects.get(pk=1)
        tables.Call.objects.get(pk=2)
        Same.objects.get(pk=3)
    """

    assert found(module=source) == [
        "module:Row.objects.get(pk=1)",
        "module:tables.Call.objects.get(pk=2)",
        "module:Same.objects.get(pk=3)",
    ]


def test_a_query_in_a_class_a_lambda_a_comprehension_and_an_argument_is_found() -> None:
    source = """
        class Page:
            queryset = Call.objects.all()

        rows = lambda: Call.objects.filter(pk=1)
        ids = [call.pk for call in Call.objects.filter(pk=2)]

        def page(calls=Call.objects.filter(pk=3)):
            return calls
    """

    assert len(found(module=source)) == 4


def test_a_hole_that_there_was_is_found() -> None:
    """Whether a call had been answered was asked of every organization's calls, in one of three branches."""
    source = """
        def was_answered(report, organization_id):
            calls = Call.objects.filter(provider="twilio", answer_time__isnull=False)
            if report.call_id is not None:
                return calls.filter(pk=report.call_id, organization_id=organization_id).exists()
            return calls.filter(provider_call_id=report.provider_call_id).exists()
    """

    assert found(module=source) == [
        'module:calls = Call.objects.filter(provider="twilio", answer_time__isnull=False)',
    ]


# ---- What functions hand out -----------------------------------------------------------------------------------------

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


# ---- Markers ---------------------------------------------------------------------------------------------------------


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


# ---- The product -----------------------------------------------------------------------------------------------------


class _Opened(ast.NodeTransformer):
    """`Model.objects.of_organization(...)` becomes `Model.objects.all()`; `count` says how often."""

    def __init__(self) -> None:
        self.count = 0

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(attr=method, value=ast.Attribute(attr=manager)) if method == CONFINES:
                if manager in Models.managers:
                    self.count += 1
                    node.func.attr, node.args = "all", []
        return node


@pytest.fixture(scope="module")
def product() -> list[Module]:
    return list(program.product_modules())


@pytest.fixture(scope="module")
def real_models() -> Models:
    return models_of(apps.get_models())


def test_it_knows_the_models_from_themselves(real_models: Models) -> None:
    assert {
        "ApiKey",
        "Call",
        "Contact",
        "Conversation",
        "Delivery",
        "EventLog",
        "User",
        "Wallet",
    } <= real_models.tenants
    assert real_models.parts == {"Recording", "WebhookAttempt", "WebhookMessage"}
    assert {"Organization", "Session", "WebhookCursor"} <= real_models.others
    assert "CallQuerySet" in real_models.querysets


def test_every_model_with_an_organization_can_be_confined_to_it() -> None:
    assert unguarded(apps.get_models()) == []


def test_a_model_with_an_organization_that_cannot_be_confined_is_named() -> None:
    class Letter(models.Model):
        organization_id = models.CharField(max_length=24)

        class Meta:
            app_label = "letters"

        def __str__(self) -> str:
            return "A letter"

    Letter.__module__ = "calls.models.letter"
    apps.all_models.pop("letters")
    apps.clear_cache()

    assert unguarded([Letter]) == ["Letter"]


def test_wherever_the_product_confines_a_query_it_is_found_once_it_does_not(
    product: list[Module], real_models: Models
) -> None:
    dropped = 0
    for module, opened, count in _opened(product):
        before, after = (len(list(beginnings_in(each, real_models))) for each in (module, opened))
        assert after - before == count, module.path
        dropped += count
    assert dropped > 100


def _opened(product: list[Module]) -> Iterator[tuple[Module, Module, int]]:
    for module in product:
        opener = _Opened()
        tree: Any = opener.visit(ast.parse(module.source))
        if opener.count:
            source = ast.unparse(tree)
            yield module, Module.parse(name=module.name, path=module.path, source=source), opener.count


def test_it_prints_what_is_wrong_and_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(program, "product_modules", lambda: modules(services="Call.objects.get(pk=call_id)"))

    status = program.main()

    assert status == 1
    assert capsys.readouterr().out.splitlines()[0] == (
        "services.py:2: `Call.objects` does not begin with of_organization()"
    )


def test_it_is_silent_where_nothing_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clean = "Call.objects.of_organization(organization_id).get(pk=call_id)"
    monkeypatch.setattr(program, "product_modules", lambda: modules(services=clean))

    assert program.main() == 0
    assert capsys.readouterr().out == ""
