"""A Sinch call, how the API shows it, and what the callbacks tell of it.

https://developers.sinch.com/docs/voice/api-reference/voice/callbacks
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from calls.demo.simulator.callbacks import Callback
from calls.demo.simulator.config import SinchAccount
from calls.demo.simulator.phone import PhoneCall
from calls.demo.simulator.sinch.signing import signed_headers

# No figure is documented for API v1; v2 waits 5 s.
_SECONDS = 5.0
_VERSION = 1
_PER_MINUTE = 0.0088
_RATE = {"currencyId": "USD", "amount": _PER_MINUTE}


@dataclass(kw_only=True, eq=False)
class SinchCall(PhoneCall):
    """`status`: ONGOING or FINAL."""

    provider: ClassVar[str] = "sinch"

    account: SinchAccount
    # number, username or sip
    to_type: str = "number"
    # Whether it began in a browser or app rather than on the telephone network.
    is_data: bool = False
    custom: str = ""
    # What the caller asks an agent for, where one answers.
    says: str = ""
    result: str = "N/A"
    reason: str = "N/A"
    # What a callout asks for; calls that come in always get both.
    wants_ace: bool = True
    wants_dice: bool = True
    recording_url: str = ""

    @property
    def _to(self) -> dict[str, str]:
        return {"type": self.to_type, "endpoint": self.to_number}

    @property
    def _debit(self) -> dict[str, Any]:
        return {"currencyId": "USD", "amount": round(_PER_MINUTE * self.duration / 60, 4)}

    @property
    def resource_path(self) -> str:
        return f"/calling/v1/calls/id/{self.id}"

    def details(self) -> dict[str, Any]:
        """https://developers.sinch.com/docs/voice/api-reference/voice/calls/calling_getcallresult"""
        return {
            "from": self.from_number,
            "to": self._to,
            "domain": "mxp" if self.to_type == "username" else "pstn",
            "callId": self.id,
            "duration": self.duration,
            "status": self.status,
            "result": self.result,
            "reason": self.reason,
            "timestamp": _time(self.started),
            "custom": self.custom,
            "userRate": _RATE,
            "debit": self._debit,
        }

    def ice(self, world_url: str) -> Callback:
        origin = "mxp" if self.is_data else "pstn"
        return self._callback(
            "ice",
            {
                "callResourceUrl": world_url + self.resource_path,
                "custom": self.custom,
                "userRate": _RATE,
                "cli": self.from_number,
                "to": {"type": "did" if self.direction == "inbound" else self.to_type, "endpoint": self.to_number},
                "domain": origin,
                "originationType": origin,
                "rdnis": "",
                "callHeaders": [],
                **({"userId": self.from_number} if self.is_data else {}),
            },
        )

    def ace(self) -> Callback:
        return self._callback("ace", {"custom": self.custom})

    def dice(self) -> Callback:
        # An unanswered call has no duration.
        duration = {"duration": self.duration} if self.answered else {}
        return self._callback(
            "dice",
            {
                "custom": self.custom,
                "reason": self.reason,
                "result": self.result,
                "debit": self._debit,
                "userRate": _RATE,
                "to": self._to,
                "from": self.from_number,
                "callHeaders": [],
                **duration,
            },
        )

    def notify(self, kind: str, **more: str) -> Callback:
        return self._callback("notify", {"type": kind, "custom": self.custom, **more})

    def _callback(self, event: str, fields: Mapping[str, Any]) -> Callback:
        document = {
            "event": event,
            "callid": self.id,
            "timestamp": _time(datetime.now(UTC)),
            "version": _VERSION,
            "applicationKey": self.account.application_key,
            **fields,
        }
        body = json.dumps(document).encode()
        return Callback(
            event=event if event != "notify" else f"notify {fields['type']}",
            url=self.account.callback_url,
            body=body,
            sign=lambda url: signed_headers(self.account, url, body),
            seconds=_SECONDS,
            # Not repeated: the documents promise only the fallback URL.
            fallback_url=self.account.fallback_url,
        )


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
