"""Secrets of a company: encrypted on the way into the database, plain in Python."""

import base64
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

MARK = "fernet:"


def _cipher() -> MultiFernet:
    return _cipher_of(tuple(settings.CREDENTIALS_KEY or [settings.SECRET_KEY]))


@cache  # every read of a company decrypts, and stretching a key takes longer than that
def _cipher_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(key: str) -> bytes:
    """Make a Fernet key of any text, so that an operator may choose the words."""
    stretched = HKDF(SHA256(), length=32, salt=None, info=b"booking_site credentials")
    return base64.urlsafe_b64encode(stretched.derive(key.encode()))


def encrypt(plain: str) -> str:
    """Return `plain` encrypted; empty stays empty, so that "none set" can be queried."""
    return MARK + _cipher().encrypt(plain.encode()).decode() if plain else ""


def decrypt(stored: str) -> str:
    """Return what was encrypted.

    Raises:
        ImproperlyConfigured: no key of CREDENTIALS_KEY opens it.
    """
    if not stored:
        return ""
    try:
        return _cipher().decrypt(stored.removeprefix(MARK).encode()).decode()
    except InvalidToken as error:
        msg = "A stored credential cannot be opened: put the earlier key back in CREDENTIALS_KEY."
        raise ImproperlyConfigured(msg) from error


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Text that is plain on the model and encrypted in the database.

    It cannot be searched, except for being empty.
    """

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return None if value is None else decrypt(value)

    def get_prep_value(self, value: Any) -> str | None:
        plain = super().get_prep_value(value)
        # Twice prepared must not be twice encrypted.
        return plain if plain is None or plain.startswith(MARK) else encrypt(plain)
