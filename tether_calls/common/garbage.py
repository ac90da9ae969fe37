"""What Python does with objects that refer to each other in circles."""

from __future__ import annotations

import gc

# New objects, less those that are gone, after which the collector runs. Python's own number is 700: an import of calls
# passes it hundreds of times in a batch and leaves next to no circles.
_OBJECTS_BETWEEN_LOOKS = 10_000


def seldom_look_for_garbage() -> None:
    """Have what is there by now, such as all modules, never be looked through again, and the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, *gc.get_threshold()[1:])
