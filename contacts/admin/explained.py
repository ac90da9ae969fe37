"""What each rule said of a dial, in words: the rules write codes and identifiers, for good."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from contacts.admin.rule_packs import READ
from contacts.models import ConsentBasis, DialDecision
from contacts.rules.packs import Source, pack_named
from tether_calls.common.admin.display import NOTHING, label, link, page_at, table

# What came of a rule, and how that is coloured.
_RESULTS: Final = {"pass": ("Passed", "success"), "fail": ("Refused", "danger"), "unknown": ("Not known", "")}
_CONSENT: Final = re.compile(r"(?:Consent )?\b([0-9a-f]{24}): ")
# An ordinary word is one in a sentence as well.
_BASES: Final = {value: text.lower() for value, text in ConsentBasis.choices if "_" in value}


def explained(decision: DialDecision) -> SafeString:
    """The rules one by one: what came of each, what it looked at, and from where it is."""
    sources = _sources(decision)
    rows = (
        (
            label(*_RESULTS.get(rule["result"], (rule["result"], ""))),
            _in_words(rule["detail"]),
            _from(rule.get("source", ""), sources),
        )
        for rule in decision.rules
    )
    return table(("Result", "Rule", "From"), rows)


def _in_words(detail: str) -> SafeString:
    """A sentence without codes, and with links where it names a consent."""
    for value, text in _BASES.items():
        detail = detail.replace(value, text)
    # Every second part is the identifier of a consent.
    text, *parts = _CONSENT.split(detail)
    said = format_html("{}", text)
    for consent_id, after in zip(parts[::2], parts[1::2], strict=True):
        said = format_html("{}{}: {}", said, link(page_at("contacts.consent", consent_id), "consent"), after)
    return said


def _sources(decision: DialDecision) -> dict[str, Source]:
    """By their names, in the packs under which it was decided, as far as these are there."""
    found: dict[str, Source] = {}
    for name in decision.facts.get("packs", ()):
        try:
            found |= pack_named(name).sources
        except LookupError:
            continue
    return found


def _from(named: str, sources: Mapping[str, Source]) -> str:
    known = [name for name in named.split("; ") if name]
    texts = (
        f"{name} ({READ[sources[name].read]}, {sources[name].date.isoformat()})" if name in sources else name
        for name in known
    )
    return "; ".join(texts) or NOTHING
