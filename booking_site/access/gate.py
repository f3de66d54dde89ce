"""The one place that decides who gets further than the log-in.

By address, not by view: a page that somebody adds under /admin/ is behind it without a word.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from appointments.admin.acting import leave
from appointments.models import User
from booking_site.access.pages import nothing_to_do
from booking_site.access.second_factor import asks_for_code, is_required_of

BACK_OFFICE = "/admin/"
# The way in and out.
OPEN = ("admin:login", "admin:logout")
# What somebody may do about their own account, before anything else is theirs to see.
OWN_ACCOUNT = (
    "two_factor",
    "two_factor_begin",
    "two_factor_confirm",
    "two_factor_backup_codes",
    "two_factor_off",
)
PASSWORD = ("admin:password_change", "admin:password_change_done")


class GateMiddleware:
    """Lead whoever still owes a code, or a second factor, to where they give it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        detour = detour_of(request) if request.path_info.startswith(BACK_OFFICE) else None
        return detour or self.get_response(request)


def detour_of(request: HttpRequest) -> HttpResponse | None:
    """Return where somebody has to go instead; None if they may go on."""
    user = request.user
    if not isinstance(user, User) or not user.is_staff or _is_at(request, OPEN):
        return None  # the pages themselves send whoever is not logged in to the log-in
    if asks_for_code(user):
        if not user.is_verified():  # type: ignore[attr-defined]  # given by django-otp
            return None if _is_at(request, ("two_factor_code",)) else _to_code(request)
    elif is_required_of(user) and not _is_at(request, OWN_ACCOUNT):
        return leave(request, reverse("two_factor"))
    if _has_nothing_to_do(user) and not _is_at(request, OWN_ACCOUNT + PASSWORD):
        return nothing_to_do(request).render()
    return None


def _is_at(request: HttpRequest, names: tuple[str, ...]) -> bool:
    return request.path_info in {reverse(name) for name in names}


def _to_code(request: HttpRequest) -> HttpResponse:
    # What was posted is gone after the detour; to come back to it would repeat half of it.
    wanted = request.get_full_path() if request.method == "GET" else reverse("admin:index")
    return leave(request, f"{reverse('two_factor_code')}?{urlencode({'next': wanted})}")


def _has_nothing_to_do(user: User) -> bool:
    return not user.is_superuser and (user.company_id is None or not user.get_all_permissions())
