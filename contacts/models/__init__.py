from contacts.models.contact import Contact
from contacts.models.do_not_call import DoNotCallNumber, DoNotCallSource

__all__ = ["Contact", "DoNotCallNumber", "DoNotCallSource"]
