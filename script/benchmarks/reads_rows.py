"""The calls that `script/bench reads` reads: made by PostgreSQL itself, without triggers and foreign keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

DAYS = 365
AGENTS, USERS, NUMBERS = 10, 8, 5

_ID = "lpad(to_hex(%(epoch)s), 8, '0') || lpad(to_hex(%(mark)s), 4, '0') || lpad(to_hex({}), 12, '0')"
_STATUS = "(ARRAY['completed','completed','completed','completed','no-answer','no-answer','busy','failed'])[1 + i %% 8]"
_SUMMARY = (
    "'Confirmed the appointment for ' || (ARRAY['Monday','Tuesday','Friday'])[1 + i %% 3] || ' at ' || (i %% 12)"
    " || '; the customer asked for a reminder.' || CASE WHEN i %% 9973 = 0 THEN ' Zebra.' ELSE '' END"
)

_CONTACTS = f"""
INSERT INTO contacts_contact (id, organization_id, phone_number, first_name, last_name, email, source,
    created_at, updated_at)
SELECT {_ID.format("i")}, %(organization)s, '+1416' || lpad(i::text, 7, '0'), 'Kim', 'Example ' || i, '', '',
    now(), now()
FROM generate_series(1, %(contacts)s) i
"""  # noqa: S608
_CALLS = f"""
INSERT INTO calls_call (id, organization_id, user_id, contact_id, ai_agent_id, provider, external_call_id, direction,
    status, from_number, to_number, provider_phone_number, start_time, end_time, duration, agent_name, ai_transcript,
    ai_summary, metadata, provider_metadata, created_at, updated_at)
SELECT {_ID.format("i")}, %(organization)s, (%(users)s::text[])[1 + i %% {USERS}],
    lpad(to_hex(%(epoch)s), 8, '0') || lpad(to_hex(%(mark)s), 4, '0')
        || lpad(to_hex(1 + (i::bigint * 7919) %% %(contacts)s), 12, '0'),
    CASE WHEN i %% 2 = 0 THEN (%(agents)s::text[])[1 + (i / 2) %% {AGENTS}] END,
    CASE WHEN i %% 2 = 0 THEN 'elevenlabs' ELSE 'external' END,
    CASE WHEN i %% 2 = 1 THEN 'call-' || i END, CASE WHEN i %% 4 < 2 THEN 'inbound' ELSE 'outbound' END, {_STATUS},
    '+1416' || lpad((1 + (i::bigint * 7919) %% %(contacts)s)::text, 7, '0'), '+1613555000' || (i %% {NUMBERS}),
    '+1613555000' || (i %% {NUMBERS}), began, began + interval '90 seconds',
    CASE WHEN i %% 8 < 4 THEN 5 + (i * 31) %% 600 ELSE 0 END, '',
    jsonb_build_array(jsonb_build_object('role', 'agent', 'message', 'Hello, this is Alex. How can I help you?')),
    {_SUMMARY}, '{{}}', '{{}}', began, began
FROM (SELECT i, %(until)s - (%(calls)s - i) * (interval '{DAYS} days' / %(calls)s) AS began
      FROM generate_series(1, %(calls)s) i) made
"""  # noqa: S608


def make_calls(
    cursor: Any, *, mark: int, organization: str, people: dict[str, list[str]], calls: int, until: datetime
) -> None:
    """`calls` of a year, evenly. Whoever adds them up does it afterwards."""
    values = {
        "epoch": int(until.timestamp()),
        "mark": mark,
        "organization": organization,
        "contacts": max(calls // 20, 1),
        "calls": calls,
        "until": until,
        **people,
    }
    cursor.execute("SET session_replication_role = replica")
    cursor.execute(_CONTACTS, values)
    cursor.execute(_CALLS, values)
    cursor.execute("SET session_replication_role = DEFAULT")
