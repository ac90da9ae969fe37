"""The three providers' wire protocols on 127.0.0.1, so that every flow runs end to end without an account.

It stands for the outside world: it imports nothing of the application, and nothing of the application imports it,
apart from what starts it.

    with Simulator(
        ElevenLabsAccount(api_key="key", webhook_secret="secret", webhook_url=f"{ours}/api/webhook/elevenlabs"),
        pace=Pace.quick(),
    ) as simulator:
        ...  # simulator.url is the base URL of ElevenLabs, Sinch and Twilio alike

The destination number's last digit chooses what becomes of a dial: 0-3 answered and completed, 4 answered by a machine
at which a message is left, 5 busy, 6 no answer, 7 refused by the provider, 8 accepted although the answer to us never
comes, 9 completed with the callbacks doubled and in reverse; at 33 a telephone screens the call before it is answered.
What is said, and the recording, are those of the demo's dialogues.

Of a text, the same digit: 0-4 delivered, 5 not delivered, 6 a landline, 7 no valid number, 8 sent although the answer
to us never comes, 9 delivered with the callbacks doubled and in reverse.
"""

from calls.demo.simulator.config import (
    Account,
    Config,
    ElevenLabsAccount,
    ElevenLabsNumber,
    Pace,
    SinchAccount,
    TwilioAccount,
    read_config,
)
from calls.demo.simulator.phone import Outcome
from calls.demo.simulator.simulator import Simulator

__all__ = [
    "Account",
    "Config",
    "ElevenLabsAccount",
    "ElevenLabsNumber",
    "Outcome",
    "Pace",
    "Simulator",
    "SinchAccount",
    "TwilioAccount",
    "read_config",
]
