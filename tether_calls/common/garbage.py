"""What Python does with objects that refer to each other in circles."""

from __future__ import annotations

import gc

# New objects, less those that are gone, after which the collector runs. Python's own number is 700: an import of calls
# passes it hundreds of times in a batch and leaves next to no circles.
_OBJECTS_BETWEEN_LOOKS = 10_000


def leave_out_what_is_loaded() -> None:
    """Have what is there by now, modules above all, never be looked through again.

    They are 200,000 objects. Each time that the collector came by them all, the process did nothing else for an eighth
    of a second, whatever it had in hand.
    """
    gc.collect()
    gc.freeze()


def seldom_look_for_garbage() -> None:
    """The same, and have the rest be looked through less often."""
    leave_out_what_is_loaded()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, *gc.get_threshold()[1:])
