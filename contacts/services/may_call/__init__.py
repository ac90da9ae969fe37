"""May this number be called: one function for every way in which somebody asks, and one row of what it said."""

from contacts.services.may_call.decide import (
    Asking,
    AttemptTaken,
    CallRefused,
    Decision,
    check_may_be_planned,
    may_call,
    may_the_browser_call,
    require_allowed,
)
from contacts.services.may_call.keep import keep_allowed, keep_refused, refusals_kept

__all__ = [
    "Asking",
    "AttemptTaken",
    "CallRefused",
    "Decision",
    "check_may_be_planned",
    "keep_allowed",
    "keep_refused",
    "may_call",
    "may_the_browser_call",
    "refusals_kept",
    "require_allowed",
]
