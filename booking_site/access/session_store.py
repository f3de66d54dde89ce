"""Sessions in the database, asked only for keys that it could have given out itself."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str) -> bool:
        """Take anything else for no key: a cookie can spell characters that no column holds."""
        return super()._validate_session_key(key) and key.isalnum()  # type: ignore[misc]  # Django's hook, without a stub
