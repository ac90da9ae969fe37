"""What Python does with objects that refer to each other in circles."""

from __future__ import annotations

import gc

# Objects that have to come to be, beyond those that went, before some are looked through. Python's own number is 700,
# which one request makes: then every request looks for circles, of which it leaves next to none.
_OBJECTS_BETWEEN_LOOKS = 10_000


def seldom_look_for_garbage() -> None:
    """Have what is there by now, such as all modules, never be looked through again, and the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, *gc.get_threshold()[1:])
