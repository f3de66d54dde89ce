"""Pages about getting in: the code after the password, the second factor, and no way further."""

from base64 import b32encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import django_otp
import segno
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from appointments.models import User
from booking_site.access import second_factor
from booking_site.access.forms import BackupCodeForm, CodeForm, ProofForm
from booking_site.access.second_factor import CodeError, TooSoonError

DIGITS = 6


# --- The second step of the log-in -------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code after the password."""
    user, back = _user(request), _wanted(request)
    if user.is_verified() or not second_factor.asks_for_code(user):  # type: ignore[attr-defined]  # given by django-otp
        return HttpResponseRedirect(back)
    is_backup = "backup" in request.GET
    form = (BackupCodeForm if is_backup else CodeForm)(request.POST or None)
    if form.is_valid():
        with _errors_at(form, "code"):
            said = form.cleaned_data["code"]
            device = second_factor.verify(user=user, code=said, is_backup=is_backup)
            _let_in(request, device)
            if is_backup:
                _say_how_many_are_left(request, user)
            return HttpResponseRedirect(back)
    return _page(
        request, "code", title=_("One more step"), form=form, is_backup=is_backup, next=back
    )


def _let_in(request: HttpRequest, device: Any) -> None:
    request.session.cycle_key()  # who knew the key before the code knows nothing now
    django_otp.login(request, device)


def _say_how_many_are_left(request: HttpRequest, user: User) -> None:
    left = second_factor.count_backup_codes(user)
    text = ngettext("%(count)s backup code is left.", "%(count)s backup codes are left.", left)
    messages.warning(request, text % {"count": left})


def _wanted(request: HttpRequest) -> str:
    to = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        to, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return to if is_ours else reverse("admin:index")


# --- One's own second factor -------------------------------------------------------------------


@require_GET
def two_factor(request: HttpRequest) -> HttpResponse:
    """Show whether one's log-in takes a code; while it is set up, the secret."""
    return _own(request)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    if not second_factor.asks_for_code(_user(request)):
        second_factor.begin(_user(request))
    return HttpResponseRedirect(reverse("two_factor"))


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    user, form = _user(request), CodeForm(request.POST)
    if second_factor.pending(user) is None:  # the page was loaded anew, or is an old one
        return HttpResponseRedirect(reverse("two_factor"))
    if form.is_valid():
        with _errors_at(form, "code"):
            device, codes = second_factor.confirm(user=user, code=form.cleaned_data["code"])
            _let_in(request, device)
            return _backup_codes(request, codes)
    return _own(request, code_form=form)


@require_POST
def backup_codes(request: HttpRequest) -> HttpResponse:
    """Show ten new ones, in answer to the click and never again."""
    return _on_proof(
        request, lambda user: _backup_codes(request, second_factor.renew_backup_codes(user))
    )


@require_POST
def off(request: HttpRequest) -> HttpResponse:
    def turn_off(user: User) -> HttpResponse:
        second_factor.turn_off(user)
        messages.success(request, _("Your log-in takes only the password from now on."))
        return HttpResponseRedirect(reverse("two_factor"))

    return _on_proof(request, turn_off)


def _on_proof(request: HttpRequest, act: Callable[[User], HttpResponse]) -> HttpResponse:
    user, form = _user(request), ProofForm(request.POST)
    if form.is_valid():
        with _errors_at(form, "proof"):
            _prove(request, user, form.cleaned_data["proof"])
            return act(user)
    return _own(request, proof_form=form)


def _prove(request: HttpRequest, user: User, proof: str) -> None:
    """Raise CodeError unless it is the password or a code. No password is six digits long."""
    digits = proof.replace(" ", "")
    if digits.isdecimal() and len(digits) == DIGITS:
        second_factor.verify(user=user, code=digits)
    elif authenticate(request, username=user.get_username(), password=proof) != user:
        raise CodeError


def _own(
    request: HttpRequest,
    *,
    code_form: forms.Form | None = None,
    proof_form: forms.Form | None = None,
) -> HttpResponse:
    user = _user(request)
    is_on = second_factor.asks_for_code(user)
    device = None if is_on else second_factor.pending(user)
    return _page(
        request,
        "two_factor",
        title=_("Two-factor sign-in"),
        is_on=is_on,
        is_required=second_factor.is_required_of(user),
        left=second_factor.count_backup_codes(user) if is_on else 0,
        proof_form=proof_form or ProofForm(),
        code_form=(code_form or CodeForm()) if device else None,
        secret=_secret(device) if device else "",
        picture=_picture(device) if device else "",
    )


def _backup_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    shown = [f"{each[:4]} {each[4:]}" for each in codes]
    return _page(request, "backup_codes", title=_("Your backup codes"), codes=shown)


def _secret(device: Any) -> str:
    """Return the secret as apps take it typed, in groups of four."""
    text = b32encode(device.bin_key).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _picture(device: Any) -> SafeString:
    """Return the QR code: dark on white with its margin, whatever the page's colours are."""
    code = segno.make(device.config_url, error="m", micro=False)
    return mark_safe(code.svg_inline(scale=5, dark="#000", light="#fff", omitsize=False))  # noqa: S308 -- segno's markup, of squares


# --- No way further ----------------------------------------------------------------------------


def nothing_to_do(request: HttpRequest) -> TemplateResponse:
    """Tell somebody who may see nothing at all whom to ask."""
    return _page(request, "denied", status=403, title=_("Nothing here for you yet"), is_new=True)


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 -- Django's handler403
    return _page(request, "denied", status=403, title=_("This page is not for you"), is_new=False)


# --- What they have in common ------------------------------------------------------------------


@contextmanager
def _errors_at(form: forms.Form, field: str) -> Iterator[None]:
    """Turn a refused code into words at the field it was typed into."""
    try:
        yield
    except CodeError as error:
        form.add_error(field, _words(error, timezone.now()))


def _words(error: CodeError, now: datetime) -> str:
    if isinstance(error, TooSoonError):
        seconds = max(int((error.until - now).total_seconds()) + 1, 1)
        if seconds < 2 * 60:
            text = ngettext(
                "Too many wrong codes. Please wait a second and try again.",
                "Too many wrong codes. Please wait %(count)s seconds and try again.",
                seconds,
            )
            return text % {"count": seconds}
        text = _("Too many wrong codes. Please wait until %(time)s, or ask your manager.")
        return text % {"time": f"{timezone.localtime(error.until):%d.%m. %H:%M}"}
    return _("That is not right, or was used before. Please try again with the next one.")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 -- these pages are behind the log-in
    return request.user


def _page(
    request: HttpRequest, name: str, *, status: int = 200, **context: Any
) -> TemplateResponse:
    request.current_app = admin.site.name
    context = {**admin.site.each_context(request), **context}
    response = TemplateResponse(request, f"admin/access/{name}.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
