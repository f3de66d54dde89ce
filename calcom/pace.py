"""Keeping below Cal.com's rate limit, all processes of ours together.

Beyond 120 requests a minute Cal.com refuses a key for a whole minute. So requests are counted
per key where every process sees it, and one too many is not sent. The count may be a few short
when two count at once, or gone with the cache: then Cal.com says 429, which is dealt with too.
"""

import hashlib
import time

from django.conf import settings
from django.core.cache import cache

from calcom.errors import PacedError
from calcom.forgiving import Forgiving

WINDOW_SECONDS = 60
# What is only asked for leaves room for what has been promised.
SHARE_OF_WHAT_MAY_WAIT = 0.75


def keep(*, api_key: str, request: str, share: float = 1.0) -> None:
    """Count one request that is about to be sent.

    The last minute slides: of the window before, the part that lies in it counts.

    Args:
        api_key: whose limit it is.
        request: method and route, for the error.
        share: of the limit, as a fraction, beyond which this kind of request is not sent.

    Raises:
        PacedError: it must not be sent yet. Nothing was counted.
    """
    limit = settings.CALCOM_REQUESTS_PER_MINUTE * share
    if not limit:
        return
    window, elapsed = divmod(time.time(), WINDOW_SECONDS)
    this, last = (_key(api_key, int(window) - ago) for ago in (0, 1))
    used = 0.0
    with Forgiving():
        counts = cache.get_many([this, last])
        used = counts.get(this, 0) + counts.get(last, 0) * (1 - elapsed / WINDOW_SECONDS)
    if used >= limit:
        msg = "kept back to stay below the rate limit"
        raise PacedError(msg, request=request, retry_after_seconds=WINDOW_SECONDS - elapsed)
    with Forgiving():
        cache.add(this, 0, timeout=2 * WINDOW_SECONDS)
        cache.incr(this)


def _key(api_key: str, window: int) -> str:
    whose = hashlib.blake2b(api_key.encode(), digest_size=16).hexdigest()
    return f"calcom:pace:{whose}:{window}"
