"""X-Retell-Signature: who sent this body, and when."""

import hashlib
import hmac
import re
from datetime import datetime

TOLERANCE_MS = 300_000
# [0-9], not \d: that would also match digits of other scripts.
HEADER = re.compile(r"v=([0-9]{1,16}),d=([0-9a-f]{64})")


def sign(body: bytes, *, key: str, now: datetime) -> str:
    """Return the header's value for a body, as the platform makes it.

    Source: webhook_auth of the official Python SDK, retell-sdk 6.2.13.
    """
    sent_ms = str(int(now.timestamp() * 1000))
    return f"v={sent_ms},d={_digest(body, sent_ms, key)}"


def is_fresh(header: str, *, now: datetime) -> bool:
    """Whether the header is well formed and at most five minutes from now, either way."""
    match = HEADER.fullmatch(header)
    if match is None:
        return False
    return abs(int(now.timestamp() * 1000) - int(match[1])) <= TOLERANCE_MS


def is_signed(body: bytes, header: str, *, key: str) -> bool:
    """Whether the raw body was signed with this key. An empty key signs nothing."""
    match = HEADER.fullmatch(header)
    if not match or not key:
        return False
    return hmac.compare_digest(_digest(body, match[1], key), match[2])


def _digest(body: bytes, sent_ms: str, key: str) -> str:
    return hmac.new(key.encode(), body + sent_ms.encode(), hashlib.sha256).hexdigest()
