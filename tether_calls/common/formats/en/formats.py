"""How Django writes times where no code of ours does: as `moment()` of the admin, `15 May 2026, 09:10`."""

from __future__ import annotations

from typing import Final

__all__ = ["DATETIME_FORMAT", "DATE_FORMAT", "TIME_FORMAT"]

DATE_FORMAT: Final = "j M Y"
TIME_FORMAT: Final = "H:i"
DATETIME_FORMAT: Final = "j M Y, H:i"
