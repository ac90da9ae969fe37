"""The check knows the models of the product, and finds every query in it that is no longer confined."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from script.wall import __main__ as program
from script.wall.beginnings import CONFINES, beginnings_in
from script.wall.models import Models, models_of, unguarded
from script.wall.syntax import Module
from tests.script_wall.snippets import modules


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
    assert real_models.parts == {
        "CallHearing",
        "CallTag",
        "Criterion",
        "CriterionScore",
        "NoteMention",
        "OidcIdentity",
        "OidcLogin",
        "PasswordReset",
        "QueueDraw",
        "QueueTurn",
        "QueuedCall",
        "Recording",
        "RecoveryCode",
        "SavedView",
        "SecondFactor",
        "UserSession",
        "WebhookAttempt",
        "WebhookMessage",
    }
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
        if CONFINES not in module.source:
            continue
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
