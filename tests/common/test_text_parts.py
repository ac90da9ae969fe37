"""In how many parts a text goes, as carriers count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tether_calls.common.text_parts import TextEncoding, text_parts

GSM7, UCS2 = TextEncoding.GSM7, TextEncoding.UCS2


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", GSM7, 0, 1),
        ("Hello", GSM7, 5, 1),
        ("Où est le café? Ça va: à Noël", UCS2, 29, 1),
        ("Où est le café? à Québec, 5 £ § ¿", GSM7, 33, 1),
        ("ΔΦΓΛΩΠΨΣΘΞ", GSM7, 10, 1),
        ("a" * 160, GSM7, 160, 1),
        ("a" * 161, GSM7, 161, 2),
        ("a" * 306, GSM7, 306, 2),
        ("a" * 307, GSM7, 307, 3),
        # Those of the extension table take two septets.
        ("^{}[]~\\|€\f", GSM7, 20, 1),
        ("€" * 80, GSM7, 160, 1),
        ("€" * 81, GSM7, 162, 2),
        # An escape and what it escapes stay together: 76 in a part, and one septet is left.
        ("€" * 152, GSM7, 304, 2),
        ("€" * 153, GSM7, 306, 3),
        ("a" * 152 + "€" + "a" * 152, GSM7, 306, 3),
        # One character of another alphabet counts for all.
        ("a" * 69 + "ł", UCS2, 70, 1),
        ("a" * 70 + "ł", UCS2, 71, 2),
        ("ł" * 134, UCS2, 134, 2),
        ("ł" * 135, UCS2, 135, 3),
        ("👍", UCS2, 2, 1),
        ("👍" * 35, UCS2, 70, 1),
        ("👍" * 36, UCS2, 72, 2),
        # A pair of surrogates stays together: 33 in a part, and one unit is left.
        ("👍" * 66, UCS2, 132, 2),
        ("👍" * 67, UCS2, 134, 3),
        ("ç", UCS2, 1, 1),
        ("Ç", GSM7, 1, 1),
        ("`", UCS2, 1, 1),
    ],
)
def test_texts_are_counted_as_carriers_do(text: str, encoding: TextEncoding, units: int, parts: int) -> None:
    found = text_parts(text)
    assert (found.encoding, found.units, found.parts) == (encoding, units, parts)


@given(st.text(max_size=400))
def test_any_text_has_room_in_its_parts(text: str) -> None:
    found = text_parts(text)
    single, each = (160, 153) if found.encoding is GSM7 else (70, 67)
    assert found.parts == 1 if found.units <= single else found.parts > 1
    # At most one unit of a part is lost to a character that takes two.
    assert found.parts == 1 or (found.parts - 1) * (each - 1) < found.units <= found.parts * each
    if found.encoding is UCS2:
        assert found.units == len(text.encode("utf-16-be")) // 2
