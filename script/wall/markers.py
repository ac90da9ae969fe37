"""Comments that let a query look at every organization: `# wall: ` and a reason."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

_MARKER = re.compile(r"#\s*wall\b(?P<colon>:?)\s*(?P<reason>.*)")
_WORDS = 3


@dataclass(frozen=True)
class Marker:
    """`lines` are those that it speaks for; `reason` is empty where none is given."""

    line: int
    reason: str
    lines: range

    @property
    def has_reason(self) -> bool:
        return len(self.reason.split()) >= _WORDS


def markers_in(source: str, tree: ast.Module) -> list[Marker]:
    """At the end of a line: for this line. On a line of its own: for the statement, or else the line, that follows."""
    if not _MARKER.search(source):
        # Most modules: to find their tokens takes as long as all the rest.
        return []
    code, comments = _tokens(source)
    begins = _statements(tree)
    found = []
    for line, text in comments.items():
        match = _MARKER.fullmatch(text)
        if match is None:
            continue
        if line in code:
            covers = range(line, line + 1)
        else:
            following = min((number for number in code if number > line), default=line)
            covers = range(following, begins.get(following, following) + 1)
        found.append(Marker(line=line, reason=match["reason"] if match["colon"] else "", lines=covers))
    return found


def _tokens(source: str) -> tuple[set[int], dict[int, str]]:
    """The lines with code, and the comments by line."""
    code: set[int] = set()
    comments: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = token.string
        elif token.type not in (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
            code.update(range(token.start[0], token.end[0] + 1))
    return code, comments


def _statements(tree: ast.Module) -> dict[int, int]:
    """First line to last line of every statement; of one that holds others, the lines of its head only."""
    return {_first_line(statement): _last_line(statement) for statement in _all_statements(tree)}


def _all_statements(tree: ast.Module) -> Iterator[ast.stmt]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.stmt))


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _last_line(statement: ast.stmt) -> int:
    if isinstance(statement, ast.Match):
        return statement.subject.end_lineno or statement.lineno
    body: list[ast.stmt] = getattr(statement, "body", [])
    if not body:
        return statement.end_lineno or statement.lineno
    return max(statement.lineno, _first_line(body[0]) - 1)
