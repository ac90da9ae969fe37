"""Webhooks to partners: subscriptions, messages made from the event log, and sending those, with retries."""
