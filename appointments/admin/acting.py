"""Pages and dialogs on which somebody does something, rather than edits a row."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from appointments.admin.base import ModelAdmin

Act = TypeVar("Act", bound=Callable[..., HttpResponse])

if TYPE_CHECKING:

    class BaseDialogForm(forms.Form):
        """The theme's form of a dialog."""

    def action(
        *,
        description: Any,
        permissions: Iterable[str],
        url_path: str = "",
        icon: str = "",
        variant: Any = None,
        dialog: Any = None,
    ) -> Callable[[Act], Act]:
        """Mark a method of an admin as a button of the theme."""
        raise NotImplementedError
else:
    from unfold.decorators import action
    from unfold.forms import BaseDialogForm


__all__ = [
    "CancelDialog",
    "ConfirmDialog",
    "NoteDialog",
    "NoteForm",
    "ReasonForm",
    "action",
    "back_to",
    "leave",
    "page",
]


class ConfirmDialog(BaseDialogForm):
    """Nothing but a button."""


class CancelDialog(BaseDialogForm):
    """Why an appointment is cancelled."""

    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=250, widget=UnfoldAdminTextInputWidget
    )


class ReasonForm(forms.Form):
    """Why several appointments are cancelled at once."""

    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=250, widget=UnfoldAdminTextInputWidget
    )


class NoteDialog(BaseDialogForm):
    """What was decided. Whoever reads it later was not there."""

    note = forms.CharField(label=_("Note"), widget=UnfoldAdminTextareaWidget)


class NoteForm(forms.Form):
    """What was decided, for several cases at once."""

    note = forms.CharField(label=_("Note"), widget=UnfoldAdminTextareaWidget)


def back_to(request: HttpRequest, default: str) -> str:
    """Return the page of this site that led here, or the default."""
    to = request.GET.get("back", "")
    return to if url_has_allowed_host_and_scheme(to, allowed_hosts=None) else default


def leave(request: HttpRequest, to: str) -> HttpResponse:
    """Go to another page; out of a dialog, which must not show that page inside itself."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": to})
    return HttpResponseRedirect(to)


def page(
    request: HttpRequest,
    model_admin: ModelAdmin,
    *,
    form: forms.Form,
    back: str,
    **words: object,
) -> TemplateResponse:
    """Return a page with a form that acts; it posts to itself.

    Args:
        request: whose page it is.
        model_admin: whose menu it belongs to.
        form: what the act needs to know.
        back: where to go when it should not happen.
        words: what the page says: `title` and `explanation` of what this is about, `about` the
            rows concerned, a line each, `button` what happens on a click and `variant` its
            colour; `hidden` what a list's action needs to be called again.
    """
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "form": form,
        "back": back,
        **words,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/appointments/act.html", context)
