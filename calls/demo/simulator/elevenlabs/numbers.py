"""ElevenLabs' endpoints for the numbers that are imported there.

https://elevenlabs.io/docs/api-reference/phone-numbers
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from calls.demo.simulator.config import ElevenLabsAccount
from calls.demo.simulator.elevenlabs.access import Checked, authenticate, body_of, not_found
from calls.demo.simulator.elevenlabs.agents import has_agent, name_of
from calls.demo.simulator.http_server import Answer, Request, json_answer
from calls.demo.simulator.phone import new_id
from calls.demo.simulator.world import ImportedNumber, World

_TRANSPORTS = ("auto", "udp", "tcp", "tls")
_ENCRYPTIONS = ("disabled", "allowed", "required")


def _document(world: World, number: ImportedNumber, account: ElevenLabsAccount) -> dict[str, Any]:
    agent = None
    if number.agent_id is not None:
        agent = {"agent_id": number.agent_id, "agent_name": name_of(world, account, number.agent_id) or "Agent"}
    document = {
        "phone_number": number.phone_number,
        "label": number.label,
        "supports_inbound": number.inbound_trunk is not None or number.provider != "sip_trunk",
        "supports_outbound": number.outbound_trunk is not None or number.provider != "sip_trunk",
        "phone_number_id": number.id,
        "assigned_agent": agent,
        "provider": number.provider,
    }
    if number.provider == "sip_trunk":
        document["outbound_trunk"] = document["provider_config"] = _without_credentials(number.outbound_trunk)
        document["inbound_trunk"] = _without_credentials(number.inbound_trunk)
        document["livekit_stack"] = "standard"
    return document


def _without_credentials(trunk: dict[str, Any] | None) -> dict[str, Any] | None:
    if trunk is None:
        return None
    credentials = trunk.get("credentials")
    shown = {name: value for name, value in trunk.items() if name != "credentials"}
    defaults: dict[str, Any] = (
        {"transport": "auto", "media_encryption": "allowed"} if "address" in trunk else {"allowed_addresses": []}
    )
    username = credentials.get("username") if isinstance(credentials, dict) else None
    return {**defaults, **shown, "has_auth_credentials": credentials is not None, "username": username}


def find_number(world: World, account: ElevenLabsAccount, number_id: str) -> ImportedNumber | None:
    number = world.numbers.get(number_id)
    return number if number is not None and number.account_key == account.api_key else None


def import_number(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    body = body_of(request)
    provider = body.choice("provider", ("sip_trunk", "twilio"), required=True)
    phone_number, label = body.text("phone_number"), body.text("label")
    agent_id = body.text("agent_id", required=False)
    if provider == "twilio":
        body.text("sid")
        body.text("token")
    inbound, outbound = _trunks(body)
    body.finish()
    number = ImportedNumber(
        id=new_id("phnum_", 28),
        account_key=account.api_key,
        provider=provider,
        phone_number=phone_number,
        label=label,
        agent_id=agent_id or None,
        inbound_trunk=inbound,
        outbound_trunk=outbound,
    )
    world.add_number(number)
    return json_answer(200, {"phone_number_id": number.id})


def _trunks(body: Checked) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    inbound, outbound = body.object("inbound_trunk_config"), body.object("outbound_trunk_config")
    if inbound is not None:
        inbound.choice("media_encryption", _ENCRYPTIONS)
    if outbound is not None:
        outbound.text("address")
        outbound.choice("transport", _TRANSPORTS)
        outbound.choice("media_encryption", _ENCRYPTIONS)
    return inbound.document if inbound else None, outbound.document if outbound else None


def list_numbers(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    agent = parse_qs(request.query).get("agent_id", [None])[-1]
    numbers = [
        _document(world, number, account)
        for number in world.numbers.values()
        if number.account_key == account.api_key and agent in (None, number.agent_id)
    ]
    return json_answer(200, numbers)


def show_number(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    return json_answer(200, _document(world, _named(world, account, names["number"]), account))


def change_number(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    number = _named(world, account, names["number"])
    body = body_of(request)
    agent_id = body.text("agent_id", required=False)
    label = body.text("label", required=False)
    inbound, outbound = _trunks(body)
    body.finish()
    # What is left out stays; null takes the agent away.
    if "agent_id" in body.document:
        if agent_id and not has_agent(world, account, agent_id):
            raise not_found("agent", agent_id)
        number.agent_id = agent_id or None
    number.label = label or number.label
    number.inbound_trunk = inbound or number.inbound_trunk
    number.outbound_trunk = outbound or number.outbound_trunk
    return json_answer(200, _document(world, number, account))


def delete_number(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    del world.numbers[_named(world, account, names["number"]).id]
    return json_answer(200, None)


def _named(world: World, account: ElevenLabsAccount, number_id: str) -> ImportedNumber:
    number = find_number(world, account, number_id)
    if number is None:
        raise not_found("phone_number", number_id)
    return number
