"""What a tool is asked, and how its arguments are read: a model has made them up, or has understood them wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calls.providers.reading import text
from calls.providers.tools import ToolRequested
from tether_calls.common.phone import canonical, is_hidden


class CannotBeDone(Exception):
    """Its text is a sentence that an agent can go on with."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request of an organization's agent; `call_id` is its call, where that is known.

    `online`: who has a browser open, where the tool asks for that.
    """

    organization_id: str
    requested: ToolRequested
    call_id: str | None
    at: datetime
    online: frozenset[str] = frozenset()

    def text(self, name: str, longest: int) -> str | None:
        """An argument without blanks around it; None where there is none."""
        return (text(self.requested.arguments.get(name), longest) or "").strip() or None

    def required_text(self, name: str, longest: int) -> str:
        """Raises CannotBeDone."""
        found = self.text(name, longest)
        if found is None:
            raise CannotBeDone(f"{name} is missing.")
        return found

    def number(self) -> str:
        """The number that it is about, in E.164: the one given, or else the caller's. Raises CannotBeDone."""
        given = self.requested.arguments.get("phone_number")
        if given is None and self.requested.caller_number is not None:
            given = self.requested.caller_number
        told = text(given, 100) or ""
        if not told.strip() or is_hidden(told):
            raise CannotBeDone("phone_number is missing, and the caller shows none.")
        number = canonical(told)
        if number is None:
            raise CannotBeDone("This is no telephone number with its country code. Ask for it again, digit by digit.")
        return number
