"""What pages tell browsers: where scripts may come from, and that no search engine is wanted."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static

FAVICON = "booking_site/favicon.svg"

# The theme's Alpine evaluates what stands in attributes, and pages place things by `style`.
# There is no inline script, neither ours nor the theme's, so what somebody smuggles into a page
# does not run.
POLICY = (
    "default-src 'self'; "
    "script-src 'self' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; "
    "object-src 'none'; "
    "base-uri 'none'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)


class PageHeadersMiddleware:
    """Add to every page, and to nothing that machines are answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Security-Policy", POLICY)
            response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response


def favicon(_request: HttpRequest) -> HttpResponse:
    """GET /favicon.ico: what browsers ask for on pages that name no icon."""
    return HttpResponseRedirect(static(FAVICON))
