"""`manage.py reencrypt_secrets`: the step of a rotation of ENCRYPTION_KEYS before the old key is removed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calls.services.voice_accounts.reencrypt_secrets import reencrypt_secrets


class Command(BaseCommand):
    help = "Encrypt the secrets of all accounts and webhooks with the newest of ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = reencrypt_secrets()

        self.stdout.write(f"Encrypted the secrets of {outcome.done} accounts and webhooks with the newest key")
        if outcome.unreadable:
            raise CommandError(f"No key opens those of {', '.join(outcome.unreadable)}: keep all keys that you have")
