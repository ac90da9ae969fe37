"""Whose events a socket gets: by the access token of a frontend, or by the ticket of a page of the admin."""

from __future__ import annotations

from collections.abc import Sequence

from tether_calls.accounts import tickets, tokens
from tether_calls.realtime.membership import Membership


def membership_of(token: str, cookies: str) -> Membership | None:
    """`cookies`: the header of a page of our own, and empty of any other."""
    if token.startswith(tickets.PREFIX):
        return tickets.membership_of_ticket(token, cookies=cookies)
    return tokens.membership_of(token)


def still_members(memberships: Sequence[Membership]) -> list[bool]:
    """Whether each would be given again; two statements for each of both kinds."""
    is_ticket = [isinstance(one.grant, tickets.SessionGrant) for one in memberships]
    by_kind = {
        True: tickets.still_hold_tickets,
        False: tokens.still_members,
    }
    verdicts = {
        kind: iter(ask([one for one, its_kind in zip(memberships, is_ticket, strict=True) if its_kind is kind]))
        for kind, ask in by_kind.items()
        if kind in is_ticket
    }
    return [next(verdicts[kind]) for kind in is_ticket]
