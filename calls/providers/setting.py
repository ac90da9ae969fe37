"""One value of an account with a provider: its name, whether it is secret, what can be wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One value of an account. A secret is shown masked; a value that is not secret names the account, and is shown.

    `name` is the key in VoiceAccount.secrets, and the field of the provider's credentials where it has one; `field` is
    the name in requests and documents, in Python's spelling.
    """

    name: str
    field: str
    is_secret: bool = True
    is_required: bool = True
    max_length: int = 200
    # As people write it; the name with blanks where it is left out.
    label: str = ""
    help_text: str = ""
    # The sentence that is wrong with a value; None where it can be right.
    fault: Callable[[str], str | None] = dataclasses.field(default=lambda _value: None, repr=False)

    @property
    def title(self) -> str:
        return self.label or self.name.replace("_", " ")


def begins_with(prefix: str) -> Callable[[str], str | None]:
    """A fault of identifiers that are easily taken for one of another kind."""
    return lambda value: None if value.startswith(prefix) else f"Begins with {prefix}"
