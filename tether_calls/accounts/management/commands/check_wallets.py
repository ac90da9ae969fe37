"""`manage.py check_wallets`: prove that every balance is the sum of its entries."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from tether_calls.accounts.models import Wallet
from tether_calls.accounts.wallet import faults_of


class Command(BaseCommand):
    help = "Prove for every wallet that its balance is the sum of its entries; ends with status 1 where one is not."

    def handle(self, *args: Any, **options: Any) -> None:
        # wall: the operator's command proves every wallet
        wallet_ids = list(Wallet.objects.order_by("pk").values_list("pk", flat=True))
        faults = [
            fault
            # For a terminal; a log gets the outcome only.
            for wallet_id in tqdm(wallet_ids, unit="wallet", disable=not sys.stderr.isatty())
            for fault in faults_of(wallet_id)
        ]
        for fault in faults:
            self.stderr.write(f"Wallet {fault.wallet_id}: {fault.sentence}")
        if faults:
            wrong = len({fault.wallet_id for fault in faults})
            raise CommandError(f"{wrong} of {len(wallet_ids)} wallets are wrong")
        self.stdout.write(f"{len(wallet_ids)} wallets are right: balance = sum of entries = last entry's balance")
