"""A caller whom an agent hands over arrives at a number of a carrier's."""

from __future__ import annotations

from calls.demo.simulator.config import SinchAccount, TwilioAccount
from calls.demo.simulator.phone import Outcome, PhoneCall
from calls.demo.simulator.sinch import story as sinch
from calls.demo.simulator.twilio import story as twilio
from calls.demo.simulator.world import HandOver, World


def arrive(world: World, wish: HandOver) -> PhoneCall | None:
    """The call to the number, at the carrier who has it; None where none has."""
    for at_sinch in world.accounts(SinchAccount):
        if wish.to_number in at_sinch.phone_numbers:
            return sinch.begin_inbound(
                world,
                at_sinch,
                from_number=wish.from_number,
                to_number=wish.to_number,
                outcome=Outcome.COMPLETED,
                people=wish.people,
            )
    for at_twilio in world.accounts(TwilioAccount):
        if wish.to_number in at_twilio.phone_numbers:
            return twilio.begin_inbound(
                world,
                at_twilio,
                from_number=wish.from_number,
                to_number=wish.to_number,
                outcome=Outcome.COMPLETED,
                voice_url=at_twilio.voice_url,
                status_callback=at_twilio.status_callback,
                people=wish.people,
            )
    return None
