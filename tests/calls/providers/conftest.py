from __future__ import annotations

from hypothesis import HealthCheck, settings

# How long an example takes says more of what else the machine is doing.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
