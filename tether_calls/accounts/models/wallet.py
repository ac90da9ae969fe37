from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, NoReturn, Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q

from tether_calls.accounts.models.organization import Organization
from tether_calls.common.money import MoneyField, money_text
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class Wallet(ObjectIdModel):
    """What a prepaid organization has left. Written by `accounts.wallet` alone, an entry with every change."""

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="wallet")
    currency = models.CharField(max_length=3, editable=False, help_text="ISO 4217.")
    balance = MoneyField(default=Decimal(0), editable=False)
    entry_count = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[OrganizationQuerySet[Wallet]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        constraints = (models.CheckConstraint(condition=Q(entry_count__gte=0), name="wallet_entry_count_not_negative"),)

    def __str__(self) -> str:
        return f"{money_text(self.balance)} {self.currency}"


class EntryKind(models.TextChoices):
    TOP_UP = "top_up", "Top-up"
    HOLD = "hold", "Hold"
    SETTLE = "settle", "Settlement"
    RELEASE = "release", "Release"
    ADJUSTMENT = "adjustment", "Adjustment"


class AppendOnlyError(TypeError):
    """The books were to be rewritten."""


class WalletEntryQuerySet(OrganizationQuerySet["WalletEntry"]):
    """The books are added to, and nothing else."""

    def of_organization(self, organization_id: str | OuterRef) -> Self:
        return self.filter(wallet__organization_id=organization_id)

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("Entries of a wallet are neither changed nor deleted; book an adjustment")

    update = delete = bulk_update = _refuse


class WalletEntry(ObjectIdModel):
    """One change of a balance, for good; the database refuses to update it, PostgreSQL to delete it as well."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="entries", db_index=False)
    number = models.BigIntegerField(help_text="1, 2, 3 … within the wallet: the order in which it was booked.")
    kind = models.CharField(max_length=10, choices=EntryKind)
    amount = MoneyField(help_text="What the balance grew by.")
    balance_after = MoneyField()
    # Not a foreign key: calls know accounts, and not the other way round.
    call_id = ObjectIdField(null=True, blank=True, help_text="The call that it was booked for.")
    rate = MoneyField(  # type: ignore[misc]  # the plugin wants a field of its own for what may be NULL
        null=True, blank=True, help_text="Of a hold: the price of a minute of this call."
    )
    note = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Empty: booked by a call.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[WalletEntryQuerySet] = WalletEntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "wallet entries"
        ordering = ("wallet", "-number")
        constraints = (
            models.UniqueConstraint(fields=["wallet", "number"], name="one_wallet_entry_per_number"),
            models.UniqueConstraint(fields=["call_id"], condition=Q(kind="hold"), name="one_hold_per_call"),
            models.UniqueConstraint(
                fields=["call_id"],
                condition=Q(kind__in=["settle", "release"]),
                name="one_settlement_or_release_per_call",
            ),
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="wallet_entry_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind__in=["hold", "settle", "release"]) | Q(call_id__isnull=False),
                name="wallet_entry_of_a_call_names_it",
            ),
            models.CheckConstraint(condition=~Q(kind="top_up") | Q(amount__gt=0), name="top_up_adds"),
            models.CheckConstraint(
                condition=~Q(kind="hold") | Q(amount__lte=0, balance_after__gte=0, rate__gte=0),
                name="hold_takes_what_is_there",
            ),
            models.CheckConstraint(condition=~Q(kind="release") | Q(amount__gte=0), name="release_gives_back"),
        )
        indexes = (models.Index(fields=["call_id"], condition=Q(call_id__isnull=False), name="wallet_entries_of_call"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {money_text(self.amount)}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("Entries of a wallet are not changed; book an adjustment")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("Entries of a wallet are not deleted; book an adjustment")
