"""GET /metrics, and what each process does for it: beside health.py, since it looks into every part of the service."""
