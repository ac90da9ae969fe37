from tests.calls.api.ai.conftest import office, prepaid, simulator

__all__ = ["office", "prepaid", "simulator"]
