"""Addresses that ask for what no database has: the 30th of February is a mistake, no failure."""

from collections.abc import Callable

import structlog
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import bad_request

log = structlog.get_logger(__name__)

# A character no column holds, a number longer than any key, a day before the calendar began.
UNANSWERABLE = (DataError, OverflowError)


class UnanswerableMiddleware:
    """Answer 400 in place of 500 where what stands in an address can be looked up nowhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not (request.method == "GET" and request.GET and isinstance(exception, UNANSWERABLE)):
            return None
        log.warning("address.unanswerable", exc_info=exception)
        return bad_request(request, exception)
