"""What holds for every template, whatever page it is of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

from tests.script_server import PROJECT

TEMPLATES = sorted(path for path in PROJECT.glob("*/**/templates/**/*.html") if ".venv" not in path.parts)


def test_templates_are_found() -> None:
    assert {"base.html", "labels.html", "notes.html"} <= {path.name for path in TEMPLATES}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_what_is_written_for_who_reads_a_template_is_on_no_page(path: Path) -> None:
    """Django's `{# … #}` and `{% … %}` end with their line: what goes on behind it is shown to all."""
    shown = [token.contents for token in Lexer(path.read_text()).tokenize() if token.token_type == TokenType.TEXT]

    assert [text for text in shown if re.search(r"\{[#%]|[#%]\}", text)] == []
