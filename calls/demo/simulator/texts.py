"""A text message between two telephones, as far as both carriers agree on what that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gsm0338

from calls.demo.simulator.phone import Happening

_GSM = gsm0338.Codec()


@dataclass(kw_only=True, eq=False)
class Text(Happening):
    """`direction` is inbound or outbound."""

    body: str

    def as_document(self) -> dict[str, Any]:
        return {
            "provider": self.provider,
            "id": self.id,
            "direction": self.direction,
            "from": self.from_number,
            "to": self.to_number,
            "outcome": self.outcome,
            "status": self.status,
            "body": self.body,
            "callbacks": list(self.callbacks),
        }


def segments(body: str) -> int:
    """As carriers count and charge: https://www.twilio.com/docs/glossary/what-sms-character-limit"""
    try:
        units, single, of_several = len(_GSM.encode(body)[0]), 160, 153
    except UnicodeEncodeError:
        units, single, of_several = len(body.encode("utf-16-be", "replace")) // 2, 70, 67
    return 1 if units <= single else -(-units // of_several)
