from calls.admin.call import CallAdmin
from calls.admin.phone_number import PhoneNumberAdmin
from calls.admin.prompt import PromptAdmin

__all__ = ["CallAdmin", "PhoneNumberAdmin", "PromptAdmin"]
