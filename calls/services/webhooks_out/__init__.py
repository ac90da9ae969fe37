"""Webhooks to partners: subscriptions, messages made from the event log, deliveries with retries."""
