"""What the peer asks of PostgreSQL, one statement for each row, as it would be written by hand; and its keys."""

from __future__ import annotations

import hashlib
import hmac

KEY = """
SELECT k.user_id, u.organization_id, k.can_ingest_calls, k.expires_at, k.last_used_at
FROM accounts_apikey k
JOIN accounts_user u ON u.id = k.user_id
JOIN accounts_organization o ON o.id = u.organization_id
WHERE k.id = $1 AND k.revoked_at IS NULL AND u.is_active AND o.is_active
"""
# $1 the organization, $2 the user, $3 the vendor's id, $4 the customer's number, $5 our own.
KNOWN = """
SELECT
    (SELECT id FROM calls_call WHERE user_id = $2 AND external_call_id = $3) AS call,
    c.id AS contact,
    (SELECT v.id FROM conversations_conversation v
     WHERE v.organization_id = $1 AND v.contact_id = c.id AND v.channel_type = 'call' AND v.channel_identifier = $5)
    AS conversation
FROM (SELECT $1::text AS organization) o
LEFT JOIN contacts_contact c ON c.organization_id = o.organization AND c.phone_number = $4
"""
CONTACT = """
INSERT INTO contacts_contact
    (id, organization_id, user_id, phone_number, first_name, last_name, email, source, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $7, '', 'External Call', $6, $6)
ON CONFLICT (organization_id, phone_number) DO UPDATE SET updated_at = $6
RETURNING id
"""
CONVERSATION = """
INSERT INTO conversations_conversation
    (id, organization_id, user_id, contact_id, channel_type, channel_identifier, latest_message, last_message_time,
     message_count, is_resolved, created_at)
VALUES ($1, $2, $3, $4, 'call', $5, '', NULL, 0, false, $6)
ON CONFLICT DO NOTHING
RETURNING id
"""
CALL = """
INSERT INTO calls_call
    (id, organization_id, user_id, contact_id, conversation_id, provider, external_call_id, direction, status,
     from_number, to_number, provider_phone_number, start_time, end_time, end_time_is_counted, end_authority, duration,
     duration_is_counted, agent_name, ai_transcript, ai_summary, ai_handled_duration, metadata, provider_metadata,
     created_at, updated_at, end_reason, end_fault)
VALUES ($1, $2, $3, $4, $5, 'external', $6, $7, $8, $9, $10, $11, $12, $13, true, 50, $14, false, $15, $16, $17, $18,
        '{}', $19, $20, $20, $21, $22)
"""
WORDS = """
INSERT INTO calls_callwords (call_id, organization_id, start_time, version, words)
VALUES ($1, $2, $3, 2, to_tsvector('simple', $4))
"""
RECORDING = """
INSERT INTO calls_recording (id, call_id, file, content_type, size, duration, sha256, created_at, peaks)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'wanted')
"""
NOTE = """
INSERT INTO contacts_contactnote
    (id, organization_id, contact_id, note, type, call_id, mentions, is_edited, created_at, updated_at)
VALUES ($1, $2, $3, $4, 'ai_summary', $5, '[]', false, $6, $6)
"""
MESSAGE = """
INSERT INTO conversations_message
    (id, organization_id, conversation_id, contact_id, call_id, content, direction, channel_type, status, sent_by,
     is_ai_generated, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'call', $8, $9, $10, $11)
"""
NEW_MESSAGE = """
UPDATE conversations_conversation
SET latest_message = $3, last_message_time = $4, message_count = message_count + 1
WHERE organization_id = $1 AND id = $2
"""
EVENTS = """
INSERT INTO realtime_eventlog (id, organization_id, call_id, name, data, created_at)
SELECT id, $1, $2, name, data, $3 FROM unnest($4::text[], $5::text[], $6::jsonb[]) AS event(id, name, data)
"""


def mac_of(key_id: str, secret: bytes) -> str:
    """What proves that a key was issued here."""
    return hmac.new(secret, key_id.encode(), hashlib.sha256).hexdigest()
