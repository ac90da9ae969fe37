"""What prepaid organizations have, and every change of it; nothing else writes wallets or their entries."""

from tether_calls.accounts.wallet.by_hand import adjust, open_wallet, top_up
from tether_calls.accounts.wallet.calls import (
    CallCharge,
    InsufficientFunds,
    charge_of,
    charge_of_call,
    charges_of,
    check_covers,
    hold,
    release,
    settle,
)
from tether_calls.accounts.wallet.proof import Fault, faults_of
from tether_calls.accounts.wallet.sums import WalletSums, sums_of

__all__ = [
    "CallCharge",
    "Fault",
    "InsufficientFunds",
    "WalletSums",
    "adjust",
    "charge_of",
    "charge_of_call",
    "charges_of",
    "check_covers",
    "faults_of",
    "hold",
    "open_wallet",
    "release",
    "settle",
    "sums_of",
    "top_up",
]
