"""What people type to prove who they are."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget


class CodeForm(forms.Form):
    """Six digits of an authenticator app."""

    code = forms.CharField(
        label=_("Code from your app"),
        help_text=_("Six digits. A new code appears every 30 seconds."),
        max_length=20,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": ""}
        ),
    )


class BackupCodeForm(forms.Form):
    """One of the ten codes on a slip of paper."""

    code = forms.CharField(
        label=_("Backup code"),
        help_text=_("One of the ten you wrote down. Each works once."),
        max_length=20,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "off", "autocapitalize": "none", "autofocus": ""}
        ),
    )


class ProofForm(forms.Form):
    """Whoever sits at an open browser is not yet whoever logged in."""

    proof = forms.CharField(
        label=_("Your password, or a code from your app"),
        max_length=128,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )
