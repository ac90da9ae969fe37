"""In which states and provinces a number of North America may be, by its area code.

`area_codes.json` is what the geocoder of `phonenumbers` says of area codes; a test compares the two. That itself takes
190 MB in each process, and seconds to load.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

_FILE = Path(__file__).parent / "area_codes.json"
_PLUS_ONE, _END = "+1", 5


def regions_of(phone_number: str) -> tuple[str, ...]:
    """Codes of ISO 3166-2, such as `US-FL`, of a number in E.164; none where that is not known.

    A number that was taken along, or a mobile telephone, may be somewhere else.
    """
    if not phone_number.startswith(_PLUS_ONE):
        return ()
    return _area_codes().get(phone_number[len(_PLUS_ONE) : _END], ())


@cache
def _area_codes() -> dict[str, tuple[str, ...]]:
    return msgspec.json.decode(_FILE.read_bytes(), type=dict[str, tuple[str, ...]])
