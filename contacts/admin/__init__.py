from contacts.admin.contact import ContactAdmin, contact_ids_matching
from contacts.admin.do_not_call import DoNotCallAdmin

__all__ = ["ContactAdmin", "DoNotCallAdmin", "contact_ids_matching"]
