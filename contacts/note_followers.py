"""What follows a note: things that are made of its words. They lie above, so they are handed in."""

from __future__ import annotations

from collections.abc import Callable

from contacts.models import ContactNote

# Called in the transaction that writes, changes or deletes a user's note, after that.
NoteFollower = Callable[[ContactNote], None]

_followers: list[NoteFollower] = []


def follow_notes(follower: NoteFollower) -> None:
    """Called once, by the app that knows what notes may be of."""
    _followers.append(follower)


def note_changed(note: ContactNote) -> None:
    for follower in _followers:
        follower(note)
