"""The documents name everything that there is, and nothing that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calls.models import ExportKind
from calls.reports import ProviderMetadata
from calls.selectors.exports.sources import SOURCES
from tests.contract.components import generated_document
from tests.docs import settings_read
from tests.docs.markdown import DOCS, PROJECT, code, rows, tables
from tether_calls.common.errors import ERRORS, ErrorCode
from tether_calls.realtime import consumers
from tether_calls.realtime.events import EventName

SETTINGS_PAGE = DOCS / "settings.md"
ERRORS_PAGE = DOCS / "errors.md"
EVENTS_PAGE = DOCS / "events.md"

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+")
_ROUTE = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/[^\s`)?]*)")

OF_SETTINGS = settings_read.of_settings()
READ = OF_SETTINGS.keys() | settings_read.of_script_server() | settings_read.of_django()
NUMBERS = settings_read.numbers()
EXPLAINED = {row[0]: row[1:] for row in rows(SETTINGS_PAGE) if _VARIABLE.fullmatch(row[0])}
IN_ENV_EXAMPLE = re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE)

CODES = {row[0]: row[1] for row in rows(ERRORS_PAGE) if _VARIABLE.fullmatch(row[0]) and row[1].isdigit()}
ON_SOCKET = set(re.findall(r'_complain\("([A-Z_]+)"', Path(consumers.__file__).read_text()))
CLOSE_CODES = {
    str(value)
    for name, value in vars(consumers).items()
    if name.isupper() and not name.startswith("_") and type(value) is int
}

EVENTS = {row[0]: row[1:] for row in rows(EVENTS_PAGE) if row[0] in set(EventName)}
# Where events are made; elsewhere they are only listed, or invented for the demo.
EVENTS_MADE_IN = ("*/services", "*/services.py", "*/events.py", "tether_calls/accounts")

OPERATIONS = {
    (method.upper(), path)
    for path, item in generated_document()["paths"].items()
    for method in item
    if method != "parameters"
}
# Routes that are not part of the API's document.
OTHER_ROUTES = {("GET", path) for path in ("/api/schema", "/api/docs", "/healthz", "/readyz", "/metrics", "/ws/events")}


def _routes_in(*names: str) -> set[tuple[str, str]]:
    return {
        (method, path.rstrip(".,:")) for name in names for method, path in _ROUTE.findall((DOCS / name).read_text())
    }


def _events_made() -> set[EventName]:
    folders = [path for pattern in EVENTS_MADE_IN for path in PROJECT.glob(pattern) if path.name != ".venv"]
    modules = [module for path in folders for module in ([path] if path.is_file() else path.rglob("*.py"))]
    names = {name for module in modules for name in re.findall(r"\bEventName\.([A-Z_]+)", module.read_text())}
    return {EventName[name] for name in names}


# ---- Settings ------------------------------------------------------------------------------------------------------


def test_the_variables_that_are_read_are_explained_and_no_others() -> None:
    assert set(EXPLAINED) == READ


def test_every_variable_of_the_settings_is_in_the_example_once_and_no_other() -> None:
    assert sorted(IN_ENV_EXAMPLE) == sorted(OF_SETTINGS)


def test_numbers_are_explained_with_their_defaults() -> None:
    assert {name: EXPLAINED[name][0] for name in NUMBERS} == {name: str(number) for name, number in NUMBERS.items()}


def test_numbers_are_in_the_example_with_their_defaults() -> None:
    given = dict(re.findall(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", (PROJECT / ".env.example").read_text(), re.MULTILINE))

    assert {name: float(given[name]) for name in NUMBERS} == NUMBERS


# ---- Error codes ---------------------------------------------------------------------------------------------------


def test_the_error_codes_are_explained_with_their_status_and_no_others() -> None:
    declared = {str(code): str(spec.status) for code, spec in ERRORS.items()}

    assert declared == CODES


@pytest.mark.parametrize("page", [ERRORS_PAGE, EVENTS_PAGE], ids=lambda page: page.name)
def test_every_complaint_and_close_code_of_the_socket_is_explained(page: Path) -> None:
    assert {row[0] for row in rows(page)} >= ON_SOCKET | CLOSE_CODES


@pytest.mark.parametrize("page", [DOCS / "vendors.md", DOCS / "api.md"], ids=lambda page: page.name)
def test_no_page_speaks_of_an_error_code_that_there_is_not(page: Path) -> None:
    spoken_of = set(re.findall(r'"code": "([A-Z_]+)"|\| `([A-Z]+_[A-Z_]+)` (?:\(\d+\) )?\|', page.read_text()))
    assert {code for pair in spoken_of for code in pair if code} <= set(ErrorCode)


# ---- Provider metadata ---------------------------------------------------------------------------------------------


def test_what_a_call_keeps_of_its_provider_is_explained_and_nothing_else() -> None:
    (table,) = [found for head, found in tables(DOCS / "api.md") if head[:2] == ("key", "of")]
    assert {name for row in table for name in code(row[0])} == set(ProviderMetadata.__annotations__)


# ---- Exports -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SOURCES)
def test_the_columns_of_an_export_are_explained_and_no_others(kind: ExportKind) -> None:
    (table,) = (table for head, table in tables(DOCS / "api.md") if head == ("kind", "columns"))
    last, told = "", dict[str, list[str]]()
    for of_kind, columns in table:
        # A row without a kind goes on with the one before.
        last = next(iter(code(of_kind)), None) or last
        told.setdefault(last, []).extend(code(columns))

    assert told[kind] == list(SOURCES[kind].columns)


# ---- Events --------------------------------------------------------------------------------------------------------


def test_every_event_is_explained() -> None:
    assert set(EVENTS) == set(EventName)


def test_the_events_that_are_not_made_are_marked_so_and_no_others() -> None:
    marked = {event for event, cells in EVENTS.items() if cells[-1] == "*not yet*"}

    assert marked == set(EventName) - _events_made()


# ---- Routes --------------------------------------------------------------------------------------------------------


def test_every_operation_of_the_api_is_explained() -> None:
    assert OPERATIONS - _routes_in("api.md", "vendors.md", "partners.md") == set()


def test_every_operation_for_frontends_is_in_the_table_that_the_page_begins_with() -> None:
    overview = (DOCS / "api.md").read_text().partition("\n## ")[0]
    listed = {(method, path) for method, path in _ROUTE.findall(overview)}

    assert {op for op in OPERATIONS if not op[1].startswith("/api/v1/")} - listed == set()


def test_no_operation_is_explained_that_there_is_not() -> None:
    explained = _routes_in(*(page.name for page in DOCS.glob("*.md")))

    assert explained - OPERATIONS - OTHER_ROUTES == set()
