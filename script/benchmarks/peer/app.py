"""POST /api/calls/ingest as a team without Django would write it: FastAPI, pydantic and asyncpg, on the same tables.

It does what the service does for a call of a known contact and of an unknown one: the same checks of key, body and MP3,
the same rows, the same events, the recording in a folder, the same look for a customer who asks not to be called again
and for an agent who says that the call is recorded; what was said is divided into words by PostgreSQL. What it leaves
out is left out in its favour: request ids, logs, limits, hidden callers, spellings of numbers, of words and of their
accents, calls that are known while they go on, what follows an opt-out or an announcement, sockets. Statements are
prepared, connections pooled.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
import os
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Literal

import asyncpg
import msgspec
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field, model_validator
from starlette.concurrency import run_in_threadpool

from calls.opt_out.detect import heard_opt_out
from calls.recording_consent import is_announced
from calls.services.recordings.mp3 import inspect_mp3
from script.benchmarks.peer.statements import (
    CALL,
    CONTACT,
    CONVERSATION,
    EVENTS,
    KEY,
    KNOWN,
    MESSAGE,
    NEW_MESSAGE,
    NOTE,
    RECORDING,
    WORDS,
    mac_of,
)

SECRET = os.environ["PEER_SECRET"].encode()
FOLDER = Path(os.environ["TETHER_DATA_DIR"]) / "peer"
_TOKEN = re.compile(r"tk_live_([0-9a-f]{24})([0-9a-f]{64})")
_random, _serial = secrets.token_bytes(5), count(secrets.randbits(24))


class Turn(BaseModel, extra="forbid"):
    role: Literal["agent", "user"]
    message: str
    timestamp: float | None = None


# Why a call has ended, and whose doing it was, as far as its status tells.
ENDINGS = {
    "completed": ("unknown", "none"),
    "no-answer": ("no_answer", "callee"),
    "busy": ("busy", "callee"),
    "failed": ("unknown", "none"),
}

Number = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]


class Push(BaseModel):
    direction: Literal["inbound", "outbound"]
    fromNumber: Number  # noqa: N815  # as on the wire
    toNumber: Number  # noqa: N815
    duration: float = Field(ge=0, le=366 * 24 * 3600)
    status: Literal["completed", "no-answer", "busy", "failed"]
    transcript: list[Turn] | None = None
    summary: str | None = Field(default=None, max_length=100_000)
    recording: str | None = None
    externalCallId: str | None = Field(default=None, max_length=200)  # noqa: N815
    agentName: str | None = Field(default=None, max_length=200)  # noqa: N815
    metadata: dict[str, Any] | None = None
    callerName: str | None = Field(default=None, max_length=200)  # noqa: N815
    callStartTime: datetime | None = None  # noqa: N815

    @model_validator(mode="after")
    def completed_calls_are_complete(self) -> Push:
        if self.status == "completed" and not (self.transcript and self.summary and self.recording):
            raise ValueError("transcript, summary and recording are required")
        return self


class Keeper:
    """The pool of connections, made when the server starts."""

    pool: asyncpg.Pool


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async def as_json(connection: asyncpg.Connection) -> None:
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", format="binary", encoder=_jsonb, decoder=lambda data: data[1:]
        )

    FOLDER.mkdir(parents=True, exist_ok=True)
    Keeper.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=8, max_size=16, init=as_json)
    async with Keeper.pool:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/api/calls/ingest", status_code=201)
async def ingest(push: Push, authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
    key_id = _verified(authorization.removeprefix("Bearer "))
    caller, own = (push.fromNumber, push.toNumber) if push.direction == "inbound" else (push.toNumber, push.fromNumber)
    async with Keeper.pool.acquire() as connection:
        key = await connection.fetchrow(KEY, key_id)
        if key is None or not key["can_ingest_calls"]:
            raise HTTPException(401, "Missing or invalid API key")
        user, organization = key["user_id"], key["organization_id"]
        known = await connection.fetchrow(KNOWN, organization, user, push.externalCallId, caller, own)
    if known["call"] is not None:
        return {"success": True, "deduplicated": True, "callId": known["call"]}
    if heard_opt_out((turn.role, turn.message) for turn in push.transcript or []) is not None:
        raise HTTPException(501, "Opt-outs are heard, and not followed")
    if is_announced((turn.role, turn.message) for turn in push.transcript or []):
        raise HTTPException(501, "Announcements of a recording are heard, and not kept")
    recording = await run_in_threadpool(_stored, push.recording) if push.recording else None
    now = datetime.now(UTC)
    start = push.callStartTime or now
    end = start + timedelta(seconds=push.duration)
    call = _new_id()
    metadata: dict[str, Any] = {"externalCallId": push.externalCallId, "agentName": push.agentName}
    if push.metadata is not None:
        metadata["metadata"] = push.metadata
    kept = {name: value for name, value in metadata.items() if value is not None}
    first_name, _, last_name = (push.callerName or "Unknown Caller").partition(" ")
    async with Keeper.pool.acquire() as connection, connection.transaction():
        contact = known["contact"] or await connection.fetchval(
            CONTACT, _new_id(), organization, user, caller, first_name, now, last_name
        )
        conversation = known["conversation"] or await connection.fetchval(
            CONVERSATION, _new_id(), organization, user, contact, own, now
        )
        turns = None if push.transcript is None else [turn.model_dump(exclude_none=True) for turn in push.transcript]
        await connection.execute(
            CALL, call, organization, user, contact, conversation, push.externalCallId, push.direction, push.status,
            push.fromNumber, push.toNumber, own, start, end, push.duration, push.agentName or "", turns,
            push.summary or "", push.duration if push.status == "completed" else None, kept, now,
            *ENDINGS[push.status],
        )  # fmt: skip
        if push.transcript or push.summary:
            said = "\n".join([push.summary or "", *(turn.message for turn in push.transcript or [])])
            await connection.execute(WORDS, call, organization, start, said)
        if push.summary:
            await connection.execute(NOTE, _new_id(), organization, contact, push.summary[:10_000], call, now)
        if recording is not None:
            await connection.execute(RECORDING, recording["_id"], call, *recording["row"], now)
        text = push.summary or f"Call {push.status.replace('-', ' ')} ({push.duration:g} s)"
        await connection.execute(
            MESSAGE, _new_id(), organization, conversation, contact, call, text, push.direction, push.status,
            push.agentName or "", bool(push.summary), now,
        )  # fmt: skip
        await connection.execute(NEW_MESSAGE, organization, conversation, text, now)
        document = _document(push, kept, recording, start, end, now) | {
            "_id": call, "callId": call, "organizationId": organization, "userId": user,
            "contactId": contact, "conversationId": conversation, "providerPhoneNumber": own,
        }  # fmt: skip
        events: list[tuple[str, dict[str, Any]]] = [
            ("call_initiated", {"call": document}),
            ("call_ended", {"call": document}),
        ]
        if recording is not None:
            events.append(("call_recording_ready", {"call": document, "recordingId": recording["_id"]}))
        events.append(("fetch_messages", {"contactId": contact, "conversationId": conversation}))
        await connection.execute(
            EVENTS, organization, call, now,
            [_new_id() for _ in events], [name for name, _ in events], [data for _, data in events],
        )  # fmt: skip
    return {"success": True, "callId": call, "contactId": contact, "conversationId": conversation}


def _verified(token: str) -> str:
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        raise HTTPException(401, "Missing or invalid API key")
    if not hmac.compare_digest(mac_of(parts[1], SECRET), parts[2]):
        raise HTTPException(401, "Missing or invalid API key")
    return parts[1]


def _new_id() -> str:
    return f"{int(time.time()):08x}{_random.hex()}{next(_serial) & 0xFFFFFF:06x}"


def _jsonb(value: Any) -> bytes:
    return b"\x01" + msgspec.json.encode(value)


def _plain(seconds: float) -> float:
    return int(seconds) if seconds.is_integer() else seconds


def _stored(text: str) -> dict[str, Any]:
    try:
        content = base64.b64decode(text, validate=True)
        duration = inspect_mp3(io.BytesIO(content)).duration
    except (binascii.Error, ValueError):
        raise HTTPException(400, "recording is not an MP3") from None
    name = f"{secrets.token_hex(20)}.mp3"
    with (FOLDER / name).open("wb") as file:
        file.write(content)
    digest = hashlib.sha256(content).hexdigest()
    return {"_id": _new_id(), "row": (name, "audio/mpeg", len(content), round(duration, 3), digest)}


def _document(
    push: Push,
    metadata: dict[str, Any],
    recording: dict[str, Any] | None,
    start: datetime,
    end: datetime,
    now: datetime,
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "provider": "external",
        "providerCallId": push.externalCallId,
        "direction": push.direction,
        "status": push.status,
        "from": push.fromNumber,
        "to": push.toNumber,
        "startTime": start,
        "endTime": end,
        "duration": _plain(push.duration),
        "endReason": ENDINGS[push.status][0],
        "endFault": ENDINGS[push.status][1],
        "isStarred": False,
        "tags": [],
        "recordings": [],
        "providerMetadata": metadata,
        "createdAt": now,
        "updatedAt": now,
    }
    if push.summary:
        document |= {"aiSummary": push.summary, "aiHandledDuration": _plain(push.duration)}
    if recording is not None:
        _, content_type, size, duration, _ = recording["row"]
        document["recordings"] = [
            {"_id": recording["_id"], "contentType": content_type, "size": size, "duration": duration, "createdAt": now}
        ]
    return document
