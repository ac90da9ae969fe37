"""Encrypt all stored secrets with the newest key, so that an older one can be taken away."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from calls.models import VoiceAccount
from tether_calls.common.encryption import UndecipherableSecret


@dataclass(frozen=True)
class Reencryption:
    done: int
    # Ids of accounts that no key opens.
    unreadable: list[str]


def reencrypt_secrets() -> Reencryption:
    """Each account in a transaction of its own: whoever changes one meanwhile takes turns with us."""
    done, unreadable = 0, []
    for account_id in VoiceAccount.objects.order_by("pk").values_list("pk", flat=True):
        try:
            done += _reencrypt(account_id)
        except UndecipherableSecret:
            unreadable.append(account_id)
    return Reencryption(done=done, unreadable=unreadable)


@transaction.atomic
def _reencrypt(account_id: str) -> int:
    accounts = VoiceAccount.objects.filter(pk=account_id)
    if connection.features.has_select_for_update:
        accounts = accounts.select_for_update(of=("self",))
    account = accounts.first()
    if account is None:
        return 0
    account.save(update_fields=["secrets"])
    return 1
