"""Encrypt all stored secrets with the newest key, so that an older one can be taken away."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Model

from calls.models import VoiceAccount, WebhookSubscription
from tether_calls.accounts.models import SecondFactor
from tether_calls.common.encryption import UndecipherableSecret


@dataclass(frozen=True)
class Reencryption:
    done: int
    # Ids of rows that no key opens.
    unreadable: list[str]


# Every model with a column of secrets.
_MODELS: tuple[type[Model], ...] = (VoiceAccount, WebhookSubscription, SecondFactor)


def reencrypt_secrets() -> Reencryption:
    """Each row in a transaction of its own, so that changes of a row and this take turns."""
    done, unreadable = 0, []
    for model in _MODELS:
        # wall: the operator's command encrypts every organization's secrets
        for row_id in model._default_manager.order_by("pk").values_list("pk", flat=True):
            try:
                done += _reencrypt(model, row_id)
            except UndecipherableSecret:
                unreadable.append(row_id)
    return Reencryption(done=done, unreadable=unreadable)


@transaction.atomic
def _reencrypt(model: type[Model], row_id: str) -> int:
    # wall: one of the rows above, by its id
    row = model._default_manager.filter(pk=row_id).select_for_update(of=("self",)).first()
    if row is None:
        return 0
    row.save(update_fields=["secrets"])
    return 1
