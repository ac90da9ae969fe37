"""Users who are mentioned in the text of a note, as `@name`; and what they have seen of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from django.db.models import Q
from django.db.models.functions import Lower

from contacts.models import NoteMention
from contacts.models.contact_note import MAX_MENTIONS
from tether_calls.accounts.models import User

# What follows an @ that begins a word: an address, or a name of a few words.
_AT: Final = re.compile(r"(?<![\w@])@([^\s@]{1,64}@[^\s@]{1,190}|[^\s@][^\n@]{0,200})")
_MOST_WORDS: Final = 5
_AROUND: Final = ".,;:!?()[]\"'"


def mentioned_in(text: str, *, organization_id: str) -> list[str]:
    """The ids of the active users whose full name or e-mail address follows an @, letter case aside.

    The longest name counts: of `@Ada Lovelace` it is she, and no Ada; of one name that several have it is all of them.
    At most MAX_MENTIONS. One statement, none without an @.
    """
    told = [list(_beginnings(found[1])) for found in _AT.finditer(text)][:MAX_MENTIONS]
    written = {name for beginnings in told for name in beginnings}
    if not written:
        return []
    names = {name.lower() for name in written}
    # As it is written too: SQLite's LOWER knows the letters of English.
    are_named = Q(low_name__in=names) | Q(full_name__in=written) | Q(email__in=names)
    users = User.objects.of_organization(organization_id).filter(is_active=True).annotate(low_name=Lower("full_name"))
    found: dict[str, list[str]] = defaultdict(list)
    for user_id, full_name, email in users.filter(are_named).values_list("pk", "full_name", "email"):
        for name in {full_name.lower(), email}:
            found[name].append(user_id)
    longest = (next((name.lower() for name in each if name.lower() in found), None) for each in told)
    ids = [user_id for name in longest if name for user_id in found[name]]
    return list(dict.fromkeys(ids))[:MAX_MENTIONS]


def see_mentions(*, user: User, mention_ids: list[str] | None = None) -> int:
    """Have these mentions of the user, or all, count as seen. Returns how many were not. One statement."""
    # wall: of the user, whose own they are
    unseen = NoteMention.objects.filter(user=user, is_seen=False)
    if mention_ids is not None:
        unseen = unseen.filter(pk__in=mention_ids)
    return unseen.update(is_seen=True)


def _beginnings(text: str) -> Iterator[str]:
    """What the name may be, the longest first: of `Ada Lovelace, please` these words, then fewer of them."""
    words = text.split(maxsplit=_MOST_WORDS)[:_MOST_WORDS]
    for count in range(len(words), 0, -1):
        name = " ".join(words[:count])
        yield name
        if (bare := name.rstrip(_AROUND)) != name:
            yield bare
