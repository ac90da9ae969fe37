"""The page of a call, where people judge it: what they make of it, what they write of it, who has heard it."""

from calls.admin.review.heard import HeardFilter
from calls.admin.review.on_call import ReviewOnCall

__all__ = ["HeardFilter", "ReviewOnCall"]
