"""Proves that a trail is as it was written: nothing changed, nothing missing, nothing put in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.core.signing import BadSignature, Signer
from django.db.models import Exists, OuterRef

from tether_calls.trails.models import Head, Link, Pending, Trail
from tether_calls.trails.models.chain import HEAD_SALT
from tether_calls.trails.models.triggers import MODELS

# Rows that are read at a time.
_BATCH = 1_000
# What is told of one chain; a chain that was rewritten differs from there on.
_FAULTS_MAX = 20


@dataclass(frozen=True)
class Anchor:
    """Where a chain ended at some time, as it was written down outside of the database."""

    organization_id: str
    trail: str
    count: int
    hash: str

    def __str__(self) -> str:
        return f"{self.organization_id} {self.trail} {self.count} {self.hash or '-'}"


def read_anchor(line: str) -> Anchor:
    """As `Anchor` writes itself. Raises ValueError."""
    organization_id, trail, count, its_hash = line.split()
    return Anchor(organization_id, trail, int(count), its_hash.replace("-", ""))


def chains(trail: Trail) -> list[str]:
    """The organizations that have a chain, or anything that belongs to one."""
    # wall: the operator's command proves the trails of every organization
    tables = (MODELS[trail].objects, Link.objects.filter(trail=trail), Head.objects.filter(trail=trail))
    return sorted(
        {each for rows in tables for each in rows.order_by().values_list("organization_id", flat=True).distinct()}
    )


def anchor_of(organization_id: str, trail: Trail) -> Anchor:
    """Where the chain ends now. One statement."""
    head = Head.objects.of_organization(organization_id).filter(trail=trail).first() or Head()
    return Anchor(organization_id, trail, head.count, head.hash)


def faults_of(organization_id: str, trail: Trail, anchors: Mapping[str, Anchor] | None = None) -> list[str]:
    """What is wrong with the trail of an organization, in sentences; nothing, of one that is right.

    `anchors`: what was written down of it before, by organization. Rows may be written, linked and pruned meanwhile.
    """
    while True:
        head = _head_of(organization_id, trail)
        faults = list(_faults(organization_id, trail, head, (anchors or {}).get(organization_id)))
        # What was pruned meanwhile is no fault.
        if not faults or _head_of(organization_id, trail).floor == head.floor:
            return faults


def _head_of(organization_id: str, trail: Trail) -> Head:
    found = Head.objects.of_organization(organization_id).filter(trail=trail).first()
    return found or Head(organization_id=organization_id, trail=trail)


def _faults(organization_id: str, trail: Trail, head: Head, anchor: Anchor | None) -> Iterator[str]:
    # One that is there was signed, whoever has taken the signature away since.
    if not head._state.adding and not _is_genuine(head):
        yield "the head of the chain was not written by the service: its signature is wrong"
    yield from _faults_of_links(organization_id, trail, head, anchor)
    yield from _faults_of_others(organization_id, trail, head)


def _is_genuine(head: Head) -> bool:
    try:
        Signer(salt=HEAD_SALT).unsign(f"{head.signed}:{head.signature}")
    except BadSignature:
        return False
    return True


def _faults_of_links(organization_id: str, trail: Trail, head: Head, anchor: Anchor | None) -> Iterator[str]:
    """From the floor on: each link follows from the one before and from its row, and the last one is the head's."""
    number, its_hash, told = head.floor, head.floor_hash, 0
    if anchor is not None and anchor.count > head.count:
        yield f"it had {anchor.count} rows when it was written down outside, and has {head.count}"
    elif anchor is not None and anchor.count == number and anchor.hash != its_hash:
        yield f"row {anchor.count} is not the one that was written down outside"
    links = Link.objects.of_organization(organization_id).filter(trail=trail, number__lte=head.count)
    while batch := list(links.filter(number__gt=number).order_by("number")[:_BATCH]):
        entries = MODELS[trail].objects.of_organization(organization_id).in_bulk([link.entry_id for link in batch])
        for link in batch:
            if told >= _FAULTS_MAX:
                yield "and more"
                return
            entry = entries.get(link.entry_id)
            for fault in (
                f"rows {number + 1} to {link.number - 1} are missing" if link.number > number + 1 else "",
                f"row {link.number} ({link.entry_id}) is missing" if entry is None else "",
                f"row {link.number} ({link.entry_id}) was changed"
                if entry is not None and link.number == number + 1 and entry.hash_after(its_hash) != link.hash
                else "",
                f"row {link.number} is not the one that was written down outside"
                if anchor is not None and anchor.count == link.number and anchor.hash != link.hash
                else "",
            ):
                if fault:
                    told += 1
                    yield fault
            number, its_hash = link.number, link.hash
    if number < head.count:
        yield f"rows {number + 1} to {head.count} are missing at the end"
    elif its_hash != head.hash:
        yield "the last row is not the one that the head names"


def _faults_of_others(organization_id: str, trail: Trail, head: Head) -> Iterator[str]:
    """Rows that the chain does not have, links beyond its head, and rows that went before they were linked."""
    # wall: of the rows below, which are of the organization
    linked, waiting = Link.objects.filter(entry_id=OuterRef("pk")), Pending.objects.filter(pk=OuterRef("pk"))
    rows = MODELS[trail].objects.of_organization(organization_id).order_by("pk")
    for pk in rows.exclude(Exists(linked)).exclude(Exists(waiting)).values_list("pk", flat=True)[:_FAULTS_MAX]:
        yield f"row {pk} is in no chain"
    lost = Pending.objects.of_organization(organization_id).filter(trail=trail, is_lost=True)
    for pk in lost.values_list("pk", flat=True)[:_FAULTS_MAX]:
        yield f"row {pk} was written, and was gone before it was linked"
    # The newest link first: what is linked meanwhile, its head has as well.
    newest = Link.objects.of_organization(organization_id).filter(trail=trail).order_by("-number").first()
    if newest is not None and newest.number > (ends := max(head.count, _head_of(organization_id, trail).count)):
        yield f"links {ends + 1} to {newest.number} are beyond its end"
    # Of one that was made this moment the head was made with the links, after it was looked for above.
    tables = (Link.objects.of_organization(organization_id), Head.objects.of_organization(organization_id))
    has_links, has_head = (rows.filter(trail=trail).exists() for rows in tables)
    if has_links and not has_head:
        yield "the chain has no head"
