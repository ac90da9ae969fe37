"""docs/monitoring.md, the dashboard and the alerts know every metric that there is, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import promql_parser
import pytest
import yaml

from tests.docs.markdown import DOCS, anchors, code, tables
from tether_calls.common.observing.metrics import Histogram, Metric
from tether_calls.monitoring.beginnings import beginnings

PAGE = DOCS / "monitoring.md"
DASHBOARD: dict[str, Any] = json.loads((DOCS / "monitoring" / "dashboard.json").read_text())
ALERTS: dict[str, Any] = yaml.safe_load((DOCS / "monitoring" / "alerts.yaml").read_text())
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]

_TEXT = {"type": "string", "minLength": 1}
_DURATION = {"type": "string", "pattern": r"^(\d+(ms|[smhdwy]))+$"}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": items}


# As Prometheus reads rule_files; a key that it does not know stops it.
_RULE = _object(
    {
        "alert": {"type": "string", "pattern": "^Tether[A-Za-z]+$"},
        "expr": _TEXT,
        "labels": _object({"severity": {"enum": ["critical", "warning"]}}),
        "annotations": _object({"summary": _TEXT, "runbook": _TEXT}),
    },
    **{"for": _DURATION},
)
RULE_FILE = _object({"groups": _list(_object({"name": _TEXT, "rules": _list(_RULE)}, interval=_DURATION))})

# What Grafana needs of a dashboard to import it.
_NUMBERS = {"type": "object", "patternProperties": {"^[hwxy]$": {"type": "integer", "minimum": 0}}, "minProperties": 4}
_PANEL = {
    "type": "object",
    "required": ["id", "title", "type", "datasource", "gridPos", "targets"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "title": _TEXT,
        "type": {"enum": ["timeseries", "stat", "table"]},
        "datasource": _object({"type": {"const": "prometheus"}, "uid": {"const": "${datasource}"}}),
        "gridPos": _NUMBERS,
        "targets": _list(_object({"refId": {"pattern": "^[A-Z]$"}, "expr": _TEXT, "legendFormat": _TEXT})),
    },
}
DASHBOARD_FILE = {
    "type": "object",
    "required": ["title", "uid", "schemaVersion", "templating", "panels", "time"],
    "properties": {"schemaVersion": {"type": "integer", "minimum": 30}, "panels": _list(_PANEL)},
}


def _selectors(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each metric that an expression names, and the labels that it asks of it. Raises ValueError."""
    promql_parser.parse(expression)
    for name, matchers in re.findall(r"\b(tether_\w+)(?:\{([^}]*)\})?", expression):
        yield name, set(re.findall(r"(\w+)\s*(?:=|!)", matchers))


def _expressions() -> Iterator[tuple[str, str]]:
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            # Grafana's own, which it replaces by a duration.
            yield panel["title"], target["expr"].replace("$__rate_interval", "5m")


SERIES = {
    name: set(metric.labels) | ({"le"} if suffix == "_bucket" else set())
    for metric in Metric.all.values()
    for suffix in (("_bucket", "_sum", "_count") if isinstance(metric, Histogram) else ("",))
    for name in (f"{metric.name}{suffix}",)
}
FIRST = beginnings()


def test_every_metric_is_listed_with_its_kind_labels_and_meaning_and_no_other() -> None:
    [table] = [rows for head, rows in tables(PAGE) if head == ("metric", "kind", "labels", "meaning")]
    listed = {code(name)[0]: (kind, tuple(code(labels)), meaning) for name, kind, labels, meaning in table}

    assert listed == {name: (metric.kind, metric.labels, metric.meaning) for name, metric in Metric.all.items()}


@pytest.mark.parametrize(("where", "expression"), list(_expressions()))
def test_every_expression_is_promql_of_metrics_and_labels_that_there_are(where: str, expression: str) -> None:
    named = dict(_selectors(expression))

    assert named
    assert {name for name in named if name not in SERIES} == set()
    assert {name: labels - SERIES[name] for name, labels in named.items() if labels - SERIES[name]} == {}
    grouped = {label.strip() for labels in re.findall(r"\bby \(([^)]*)\)", expression) for label in labels.split(",")}
    assert grouped <= set().union(*(SERIES[name] for name in named))


def test_what_an_alert_sees_the_increase_of_is_told_before_it_is_first_counted() -> None:
    # In a series that begins with 1 Prometheus sees no increase.
    told = {metric.name: [dict(zip(metric.labels, of, strict=True)) for of in all_] for metric, all_ in FIRST.items()}
    watched = [
        (name, matcher)
        for rule in RULES
        for name, matchers in re.findall(r"increase\((tether_\w+)(?:\{(.*?)\})?\[", rule["expr"])
        for matcher in re.findall(r'(\w+)=~?"([^"]*)"', matchers) or [("", "")]
    ]

    assert {name for name, _ in watched} == set(told)
    for name, (label, values) in watched:
        assert told[name]
        assert {series[label] for series in told[name] if label} >= {value for value in values.split("|") if value}


def test_every_metric_is_on_the_dashboard() -> None:
    shown = " ".join(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])

    assert {name for name in Metric.all if name not in shown} == set()


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    jsonschema.validate(DASHBOARD, DASHBOARD_FILE)
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places)


def test_the_rules_are_as_prometheus_reads_them() -> None:
    jsonschema.validate(ALERTS, RULE_FILE)


def test_every_alert_is_explained_and_no_other() -> None:
    headings = {f"docs/monitoring.md#{anchor}" for anchor in anchors(PAGE) if anchor.startswith("tether")}

    assert {rule["annotations"]["runbook"] for rule in RULES} == headings
    assert [rule["annotations"]["runbook"].partition("#")[2] for rule in RULES] == [
        rule["alert"].lower() for rule in RULES
    ]
