"""The demo's telephone providers: the simulator in this process, with an account for each of the demo's.

Nothing else of the application starts it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

from django.conf import settings

from calls.demo.accounts import (
    Accounts,
    has_accounts,
    invent_accounts,
    point_at_simulator,
    port_of_last_time,
    simulated_accounts,
)
from calls.demo.simulator import (
    Account,
    ElevenLabsAccount,
    ElevenLabsNumber,
    Simulator,
    SinchAccount,
    TwilioAccount,
)
from calls.models import NumberProvider, PhoneNumber, Prompt, VoiceProvider
from calls.providers.elevenlabs.provider import ELEVENLABS
from calls.providers.elevenlabs.settings import ElevenLabsCredentials
from calls.providers.sinch.provider import SINCH
from calls.providers.twilio.provider import TWILIO
from calls.selectors.voice_accounts.accounts import credentials_in

_WEBHOOK = "/api/webhook"


class DemoProviders:
    """Simulates from `connect` to the end of the block, in a thread; not at all where TETHER_SIMULATOR is off."""

    def __init__(self) -> None:
        self._simulator: Simulator | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._simulator is not None:
            self._simulator.stop()

    @property
    def url(self) -> str | None:
        return None if self._simulator is None else self._simulator.url

    def connect(self, organization_id: str, *others: str, base_url: str) -> None:
        """Start it, point the organizations' accounts at it, and its callbacks at `base_url`, ours.

        Accounts are invented where an organization has none. Where all of the first one's have real credentials,
        nothing is started.
        """
        if not settings.TETHER_SIMULATOR or not _is_ours(organization_id):
            return
        self._simulator = _started(port=port_of_last_time(simulated_accounts(organization_id)))
        counterparts: list[Account] = []
        for connected in filter(_is_ours, (organization_id, *others)):
            if not has_accounts(connected):
                invent_accounts(connected, simulator_url=self._simulator.url)
            accounts = simulated_accounts(connected)
            point_at_simulator(accounts, simulator_url=self._simulator.url)
            counterparts += _counterparts(connected, accounts, base_url)
        self._simulator.configure(*counterparts)


def _is_ours(organization_id: str) -> bool:
    """Whether any of its accounts are simulated, or will be."""
    return bool(simulated_accounts(organization_id)) or not has_accounts(organization_id)


def _started(*, port: int) -> Simulator:
    """At this port, or at another one where it is taken."""
    with suppress(OSError):
        return Simulator(port=port).start()
    return Simulator().start()


def _counterparts(organization_id: str, accounts: Accounts, base_url: str) -> Iterator[Account]:
    """What the simulator has to know of the accounts: the same secrets, and where callbacks go."""
    ours = base_url + _WEBHOOK
    if (account := accounts.get(VoiceProvider.ELEVENLABS)) is not None:
        yield _at_elevenlabs(organization_id, credentials_in(account, ELEVENLABS), ours)
    if (account := accounts.get(VoiceProvider.SINCH)) is not None:
        of_sinch = credentials_in(account, SINCH)
        yield SinchAccount(
            application_key=of_sinch.application_key,
            application_secret=of_sinch.application_secret,
            callback_url=f"{ours}/calls/sinch",
            phone_numbers=_numbers(organization_id, NumberProvider.SINCH),
            sms_service_plan_id=of_sinch.sms_service_plan_id,
            sms_api_token=of_sinch.sms_api_token,
            sms_webhook_secret=of_sinch.sms_webhook_secret,
            text_url=f"{ours}/sinch/sms?account={of_sinch.application_key}",
        )
    if (account := accounts.get(VoiceProvider.TWILIO)) is not None:
        of_twilio = credentials_in(account, TWILIO)
        yield TwilioAccount(
            account_sid=of_twilio.account_sid,
            auth_token=of_twilio.auth_token,
            api_keys={of_twilio.api_key_sid: of_twilio.api_key_secret},
            voice_url=f"{ours}/calls/twilio/inbound",
            client_voice_url=f"{ours}/calls/twilio/outbound",
            status_callback=f"{ours}/calls/twilio/status",
            text_url=f"{ours}/twilio/sms",
            phone_numbers=_numbers(organization_id, NumberProvider.TWILIO),
        )


def _numbers(organization_id: str, provider: NumberProvider) -> tuple[str, ...]:
    numbers = PhoneNumber.objects.of_organization(organization_id).filter(provider=provider)
    return tuple(numbers.order_by("pk").values_list("phone_number", flat=True))


def _at_elevenlabs(organization_id: str, credentials: ElevenLabsCredentials, ours: str) -> ElevenLabsAccount:
    agents = Prompt.objects.of_organization(organization_id).filter(elevenlabs_agent_id__isnull=False)
    numbers = PhoneNumber.objects.of_organization(organization_id).filter(elevenlabs_phone_number_id__isnull=False)
    return ElevenLabsAccount(
        api_key=credentials.api_key,
        webhook_secret=credentials.webhook_secret,
        webhook_url=f"{ours}/elevenlabs",
        personalization_url=f"{ours}/elevenlabs/personalization",
        personalization_headers={"Authorization": f"Bearer {credentials.tool_secret}"},
        tools_url=f"{ours}/elevenlabs/tools",
        tools_headers={"Authorization": f"Bearer {credentials.tool_secret}"},
        agents={agent.elevenlabs_agent_id or "": agent.name for agent in agents},
        # Agents are made at ElevenLabs, which the demo has not: any id that is entered is one.
        has_other_agents=True,
        phone_numbers=tuple(
            ElevenLabsNumber(
                phone_number_id=number.elevenlabs_phone_number_id or "",
                phone_number=number.phone_number,
                label=number.label,
                agent_id=number.ai_agent.elevenlabs_agent_id if number.ai_agent else None,
            )
            for number in numbers.select_related("ai_agent")
        ),
    )
