"""The second factor: a code from an authenticator app, or one of ten backup codes.

django-otp keeps the secrets and checks the codes: none counts twice, and each wrong one doubles
the wait before the next (1, 2, 4, 8 … seconds). It reads the clock itself.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db import transaction
from django.db.models import Exists, OuterRef
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from appointments.models import User
from booking_site.access.throttle import note

# As the trail calls them: words of the catalogue.
FACTOR, BACKUP_CODES = "second factor", "backup codes"
BACKUP_CODES_AT_ONCE = 10


class CodeError(Exception):
    """A code that is wrong, or has been used."""


class TooSoonError(CodeError):
    """No code is looked at before `until`."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(until)


class StaffBackend(ModelBackend):
    """Loads who is logged in, their company and whether they have a second factor: one query."""

    def get_user(self, user_id: int) -> User | None:
        confirmed = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        users = User.objects.select_related("company").annotate(asks_for_code=Exists(confirmed))
        user = users.filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


def asks_for_code(user: User) -> bool:
    """Whether this person's log-in takes a code beside the password."""
    if hasattr(user, "asks_for_code"):  # loaded by StaffBackend
        return bool(user.asks_for_code)
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def is_required_of(user: User) -> bool:
    """Whether the settings ask this person to have a second factor."""
    if settings.TWO_FACTOR_REQUIRED == "ops":
        # By what they can do, not by a group's name: they enter the salon's credentials.
        return user.has_perm("appointments.change_company")
    return bool(settings.TWO_FACTOR_REQUIRED == "everyone")


def begin(user: User) -> TOTPDevice:
    """Make a new secret. It counts for nothing until `confirm` has seen a code of it."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user, confirmed=False).delete()
        return TOTPDevice.objects.create(user=user, confirmed=False, name="app")


def pending(user: User) -> TOTPDevice | None:
    """Return the secret that has not been confirmed yet."""
    return TOTPDevice.objects.filter(user=user, confirmed=False).order_by("-pk").first()


def confirm(*, user: User, code: str) -> tuple[Device, list[str]]:
    """Switch the second factor on, on proof that the app has the secret.

    Returns:
        the device, and the backup codes, which nobody can be shown again.

    Raises:
        CodeError: the code is not of the secret that waits to be confirmed.
    """
    with transaction.atomic():
        waiting = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False)
        device = waiting.order_by("-pk").first()
        right = _check(device, _digits(code))
        if device and right:
            TOTPDevice.objects.filter(user=user, confirmed=True).delete()
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            note(user, {FACTOR: [False, True]})
            return device, _new_backup_codes(user)
    raise CodeError


def verify(*, user: User, code: str, is_backup: bool = False) -> Device:
    """Return the device that a code proves; the code is used up.

    Raises:
        TooSoonError: too many wrong ones just before.
        CodeError: it is wrong, or has been used.
    """
    model = StaticDevice if is_backup else TOTPDevice
    with transaction.atomic():
        device = model.objects.select_for_update().filter(user=user, confirmed=True).first()
        # Inside, so that two at once do not both count; a failure must be committed too.
        right = _check(device, _letters(code) if is_backup else _digits(code))
    if device is None or not right:
        raise CodeError
    return device


def renew_backup_codes(user: User) -> list[str]:
    """Return ten new backup codes; the old ones count no more."""
    with transaction.atomic():
        note(user, {BACKUP_CODES: None})
        return _new_backup_codes(user)


def count_backup_codes(user: User) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


def turn_off(user: User) -> None:
    """Take a second factor away, the secret and the backup codes with it."""
    with transaction.atomic():
        had_one = TOTPDevice.objects.filter(user=user, confirmed=True).exists()
        for model in (TOTPDevice, StaticDevice):
            model.objects.filter(user=user).delete()
        if had_one:
            note(user, {FACTOR: [True, False]})


def _check(device: Any, code: str) -> bool:
    if device is None:
        return False
    allowed, why = device.verify_is_allowed()
    if not allowed:
        raise TooSoonError(why["locked_until"])
    return bool(device.verify_token(code))


def _new_backup_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="backup")
    codes = [StaticToken.random_token() for _ in range(BACKUP_CODES_AT_ONCE)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def _digits(code: str) -> str:
    """Apps show 123 456."""
    return "".join(filter(str.isdecimal, code))


def _letters(code: str) -> str:
    return "".join(filter(str.isalnum, code)).lower()
