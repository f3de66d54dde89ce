"""Where a request comes from, as far as that can be believed."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address; None where the web server does not know one either.

    Each proxy of ours appends to X-Forwarded-For the address it was called from. Whatever stands
    left of what ours have written was sent by the client, who can write anything there.
    """
    peer = request.META.get("REMOTE_ADDR") or None
    if not settings.TRUSTED_PROXIES:
        return peer
    passed = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-settings.TRUSTED_PROXIES :]
    return _parsed(passed[0]) or peer


def _parsed(text: str) -> str | None:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return None
