"""The statement that adds up what a question is about, from all sources that it has an answer in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from calls.models import CallStatus
from calls.selectors.counting.durations import CLASS_SQL, NOTHING
from calls.selectors.counting.sources import Question, compiled

# Somebody spoke: what talk time, averages and percentiles are of.
ANSWERED = (CallStatus.IN_PROGRESS, CallStatus.ANSWERED, CallStatus.COMPLETED)
_ANSWERED_SQL = f"status IN ({', '.join(repr(each.value) for each in ANSWERED)})"

_SUMS_SQL = (
    f"SUM(calls) AS s1, SUM(CASE WHEN {_ANSWERED_SQL} THEN calls ELSE 0 END) AS s2, SUM(microseconds) AS s3,"
    f" SUM(CASE WHEN {_ANSWERED_SQL} THEN microseconds ELSE 0 END) AS s4, SUM(cost) AS s5"
)
# What a row of the statement is.
SUMS, CLASS, CLASSES, REASON, HOURS_ANSWERED, HOURS_NOT_ANSWERED = range(6)
HOURS = (HOURS_ANSWERED, HOURS_NOT_ANSWERED)


def statement_of(
    asked: Question, sources: Sequence[tuple[str, tuple[Any, ...]]], unless: QuerySet[Any, Any] | None
) -> tuple[str, list[Any]]:
    """Rows of what they are, the group, five sums, a class of durations, and classes or hours as they are kept."""
    names = [f"d{position}" for position in range(len(asked.dimensions))]
    group = names + (["day", "moment"] if asked.time else [])
    by = f" GROUP BY {', '.join(group)}" if group else ""
    told_apart = "".join(f"{name}, " for name in group)
    these = "counted WHERE NOT is_sum" if asked.is_of_hours else "counted"
    parts = [f"SELECT {SUMS} AS what, {told_apart}{_SUMS_SQL}, {NOTHING} AS class, '' AS kept FROM {these}{by}"]  # noqa: S608
    if asked.is_of_hours:
        what = f"CASE WHEN {_ANSWERED_SQL} THEN {HOURS_ANSWERED} ELSE {HOURS_NOT_ANSWERED} END"
        parts.append(f"SELECT {what}, {told_apart}0, 0, 0, 0, 0, {NOTHING}, kept FROM counted WHERE is_sum")  # noqa: S608
    if asked.most_groups is not None:
        parts = [f"SELECT * FROM ({part} LIMIT {asked.most_groups + 1}) groups_read" for part in parts]  # noqa: S608
    if asked.with_classes:
        of_answered = f"FROM counted WHERE {_ANSWERED_SQL}"
        parts += [
            f"SELECT {CLASS}, {told_apart}SUM(calls), 0, 0, 0, 0, {CLASS_SQL} AS class, '' {of_answered}"
            f" AND NOT is_sum GROUP BY {', '.join([*group, 'class'])}",
            f"SELECT {CLASSES}, {told_apart}0, 0, 0, 0, 0, {NOTHING}, kept {of_answered} AND kept <> ''",
        ]
    params = [value for _, values in sources for value in values]
    if unless is not None:
        reason, values = compiled(unless.values_list("pk"))
        parts.append(f"SELECT {REASON}, {'NULL, ' * len(group)}0, 0, 0, 0, 0, 0, '' FROM ({reason}) reasons")  # noqa: S608
        params += values
    columns = ", ".join([*names, "status", "day", "moment", "calls", "microseconds", "cost", "kept", "is_sum"])
    union = " UNION ALL ".join(sql for sql, _ in sources)
    return f"WITH counted ({columns}) AS ({union}) {' UNION ALL '.join(parts)}", params
