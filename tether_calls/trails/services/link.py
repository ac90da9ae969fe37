"""The job that links what was written: row after row to the chain of its organization and trail."""

from __future__ import annotations

from django.core.signing import Signer
from django.db import transaction
from django.utils import timezone

from tether_calls.background.jobs import stopping
from tether_calls.trails.models import Head, Link, Pending, Trail, TrailEntry
from tether_calls.trails.models.chain import HEAD_SALT
from tether_calls.trails.models.triggers import MODELS

# Rows that are linked in one transaction: for so long nobody else links, or prunes, that chain.
BATCH = 500


def link_pending() -> int:
    """The job: link all that waits; returns how many rows that were."""
    linked = 0
    # wall: the job links the rows of every organization
    waiting = Pending.objects.filter(is_lost=False).order_by()
    for organization_id, trail in list(waiting.values_list("organization_id", "trail").distinct()):
        while (some := _link_some(organization_id=organization_id, trail=Trail(trail))) > 0:
            linked += some
            if stopping.is_set():
                return linked
    return linked


@transaction.atomic
def _link_some(*, organization_id: str, trail: Trail) -> int:
    """How many rows were linked. Seven statements, however many they are."""
    head = locked_head(organization_id=organization_id, trail=trail)
    waiting = Pending.objects.of_organization(organization_id).filter(trail=trail, is_lost=False)
    ids = list(waiting.order_by("entry_id").values_list("entry_id", flat=True)[:BATCH])
    if not ids:
        return 0
    entries: list[TrailEntry] = list(
        MODELS[trail].objects.of_organization(organization_id).filter(pk__in=ids).order_by("pk")
    )
    links = []
    for entry in entries:
        head.count += 1
        head.hash = entry.hash_after(head.hash)
        links.append(
            Link(organization_id=organization_id, trail=trail, number=head.count, entry_id=entry.pk, hash=head.hash)
        )
    Link.objects.bulk_create(links)
    sign(head)
    done = {entry.pk for entry in entries}
    Pending.objects.of_organization(organization_id).filter(pk__in=done).delete()
    if lost := set(ids) - done:
        # It was written, and is not there: the check tells.
        Pending.objects.of_organization(organization_id).filter(pk__in=lost).update(is_lost=True)
    return len(ids)


def locked_head(*, organization_id: str, trail: Trail) -> Head:
    """The chain's head, made where there is none, for the length of the transaction nobody else's."""
    heads = Head.objects.of_organization(organization_id).filter(trail=trail)
    head = heads.select_for_update(no_key=True).first()
    if head is None:
        Head.objects.bulk_create([signed(Head(organization_id=organization_id, trail=trail))], ignore_conflicts=True)
        head = heads.select_for_update(no_key=True).get()
    return head


def sign(head: Head) -> None:
    """Write where the chain ends now. One statement."""
    head.changed_at = timezone.now()
    signed(head).save(update_fields=["count", "hash", "floor", "floor_hash", "signature", "changed_at"])


def signed(head: Head) -> Head:
    head.signature = Signer(salt=HEAD_SALT).signature(head.signed)
    return head
