"""QR codes, as SVG that stands in a page."""

from __future__ import annotations

import segno


def qr_svg(text: str) -> str:
    """An SVG element of its own size, black on white: cameras need the border and the contrast, also in the dark."""
    code: str = segno.make(text, error="m", micro=False).svg_inline(scale=4, border=4, light="#fff", dark="#000")
    return code
