"""The only door through which the service fetches, or posts to, a URL that a stranger named.

Three things stand between such a URL and our own network: one strict grammar for URLs, the list of addresses
that we must not be pointed at, and requests-hardened, which looks a name up once and connects to the address
that was checked. Every hop of a redirect passes all three again.
"""

from tether_calls.common.http.fetch import Fetched, Posted, fetch, post
from tether_calls.common.http.limits import FetchLimits
from tether_calls.common.http.problems import FetchError, FetchProblem
from tether_calls.common.http.targets import check

__all__ = ["FetchError", "FetchLimits", "FetchProblem", "Fetched", "Posted", "check", "fetch", "post"]
