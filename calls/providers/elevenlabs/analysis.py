"""What ElevenLabs' analysis of a conversation found, as much of it as is kept, under ElevenLabs' names.

https://elevenlabs.io/docs/eleven-agents/customization/agent-analysis
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from calls.providers.reading import MAX_NAME, fields, number, text, word

# Of each list, and of each reasoning.
_MOST, _MAX_RATIONALE = 100, 2_000
_SENTIMENT_NUMBERS: Final = (
    "overall_sentiment_score",
    "overall_frustration_score",
    "min_user_sentiment_score",
    "max_user_frustration_score",
)


def analysis_of(analysis: object) -> dict[str, Any] | None:
    """None where nothing of it is known."""
    given = fields(analysis)
    sentiment = fields(given.get("sentiment_analysis"))
    found = {
        "call_successful": word(given.get("call_successful")) or None,
        "call_success_score": _score(given.get("call_success_score")),
        "evaluation_criteria_results": _each(given.get("evaluation_criteria_results"), _criterion),
        "data_collection_results": _each(given.get("data_collection_results"), _collected),
        "sentiment_analysis": _known(
            overall_label=text(sentiment.get("overall_label"), MAX_NAME),
            **{name: _score(sentiment.get(name)) for name in _SENTIMENT_NUMBERS},
        ),
    }
    return _known(**found) or None


def _criterion(value: object) -> dict[str, Any]:
    given = fields(value)
    return _known(
        result=word(given.get("result")) or None,
        rationale=text(given.get("rationale"), _MAX_RATIONALE),
        score=_score(given.get("score")),
        max_score=_score(given.get("max_score")),
    )


def _collected(value: object) -> dict[str, Any]:
    """A list of conversations has the value alone."""
    given = value if isinstance(value, dict) else {"value": value}
    known = _known(rationale=text(given.get("rationale"), _MAX_RATIONALE))
    return {"value": _plain(given.get("value")), **known}


def _each(results: object, read: Callable[[object], dict[str, Any]]) -> dict[str, Any]:
    named = ((text(name, MAX_NAME), value) for name, value in list(fields(results).items())[:_MOST])
    return {name: found for name, value in named if name and (found := read(value))}


def _plain(value: object) -> str | float | bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(value, _MAX_RATIONALE)
    return _score(value)


def _score(value: object) -> float | int | None:
    """Sentiment may be negative."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        below = number(-value)
        return None if below is None else -below
    return number(value)


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != {}}
