"""The admin speaks to people: no word of a program, no identifier where a name is to be, one name for each thing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.db.models import Model
from django.test import Client

from calls.models import PhoneNumber, RetentionRule
from tests.admin_site import list_of, one_of_everything, page_of, text_of
from tether_calls.accounts.models import Organization, User
from tether_calls.trails.models import AuditEntry

# What a page quotes as it was sent, typed or stored, and what is drawn or runs.
_QUOTED = frozenset({"pre", "code", "kbd", "ins", "del", "script", "style", "textarea", "svg"})
_EMPTY = frozenset({"input", "br", "img", "hr", "link", "meta", "source", "path", "circle", "rect", "line", "wbr"})
# Words of vocabularies in programs, a whole text each: do_not_call, DO_NOT_CALL, elevenlabs.
_CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*|[A-Z0-9]+(_[A-Z0-9]+)+")
_CODE_WITHIN = re.compile(r"\b[a-z0-9]+(_[a-z0-9]+)+\b|\b[A-Z0-9]+(_[A-Z0-9]+)+\b|\b[a-z]+\.[a-z_]+\b")
_IDENTIFIER = re.compile(r"\b[0-9a-f]{24}\b")
# Labels of columns in a database, where nobody has thought of the words: "Ai conversation id", "Base url".
_BARE = re.compile(r"\b(Ai|Api|Sid|Url|Elevenlabs|Twiml|Mp3|id|ids|url|api|sid)\b")
_ADDRESS = re.compile(r"\S+@\S+")
# What a provider calls a call, the plain words of the page's frame, and addresses in texts of help.
_PLAIN = re.compile(r"conv_\d+|search|[0-9]+|.*/api/.*")


class _Texts(HTMLParser):
    """The texts of a page's heads and main part, each with the elements around it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self._around: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _EMPTY:
            self._around.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in (each for each, _ in self._around):
            while self._around.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        text, tags = " ".join(data.split()), tuple(tag for tag, _ in self._around)
        is_drawn = any("material-symbols" in classes for _, classes in self._around)
        if text and not {"main", "h1", "title"}.isdisjoint(tags) and not is_drawn and _QUOTED.isdisjoint(tags):
            self.found.append((text, tags))


def texts_of(page: bytes) -> list[tuple[str, tuple[str, ...]]]:
    parser = _Texts()
    parser.feed(page.decode())
    return parser.found


def faults_of(page: bytes) -> Iterator[str]:
    for text, tags in texts_of(page):
        if _PLAIN.fullmatch(text):
            continue
        if _CODE.fullmatch(text) and not _IDENTIFIER.fullmatch(text):
            yield f"a code word: {text}"
        if _CODE_WITHIN.search(_ADDRESS.sub("", text)) and not {"h1", "title"}.isdisjoint(tags):
            yield f"a code word in a head: {text}"
        if _IDENTIFIER.search(text) and not {"a", "td", "th", "h1", "title"}.isdisjoint(tags):
            yield f"an identifier for a name: {text}"
        if _BARE.search(text):
            yield f"a label of a database: {text}"


@pytest.mark.parametrize(
    ("model", "label"),
    [(PhoneNumber, "Answered by an agent"), (PhoneNumber, "User"), (RetentionRule, "What is kept")],
)
def test_a_list_and_the_page_of_a_row_have_one_name_for_a_thing(
    root: Client, user: User, model: type[Model], label: str
) -> None:
    row = one_of_everything(user)[model]

    for path in (list_of(model), page_of(row)):
        assert label in [text for text, _ in texts_of(root.get(path).content)]


def test_that_there_is_a_password_is_told_and_nothing_of_it(root: Client, user: User) -> None:
    page = root.get(page_of(user)).content.decode()

    assert "Set · " in page
    assert 'href="../password/"' in page
    assert "argon2" not in page


def test_the_audit_log_tells_what_is_different_in_the_words_of_its_page(root: Client, user: User) -> None:
    Organization.objects.filter(pk=user.organization_id).update(consent_policy="all", narrows_roles=True)
    entry = AuditEntry.objects.filter(organization_id=user.organization_id).order_by("-pk")[0]

    said = " ".join(text_of(root.get(page_of(entry))).split())

    assert "Changed: organization" in said
    assert "narrows_roles" not in said
    assert "No calls All calls of agents" in said
    assert "consent_policy" not in said
    assert "No Yes" in said
