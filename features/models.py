"""The flag as a row: what ops have set for everyone."""

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _
from waffle.models import AbstractUserFlag


class CompanyFlag(AbstractUserFlag):
    """A waffle flag that can also be set on or off for single companies.

    Waffle's own rules (users, percentages, languages) are about browsers; a telephone call
    has none. `everyone` is ops' setting. The companies' settings live in `appointments`,
    whose rows point at both; here they are only the reverse relation `settings`.
    """

    class Meta(AbstractUserFlag.Meta):
        verbose_name = _("flag")
        verbose_name_plural = _("flags")

    def get_flush_keys(self, flush_keys: list[str] | None = None) -> list[str]:
        keys: list[str] = super().get_flush_keys(flush_keys)
        return [*keys, self._settings_key]

    @property
    def _settings_key(self) -> str:
        return f"features:{self.name}:settings"

    def setting_of(self, company_id: int) -> bool | None:
        """Return what is set for this company, None if nothing. One query, then cached."""
        if self._state.adding:
            return None
        settings: dict[int, bool] | None = cache.get(self._settings_key)
        if settings is None:
            settings = dict(self.settings.values_list("company_id", "is_on"))
            cache.set(self._settings_key, settings)
        return settings.get(company_id)

    def stored_setting_of(self, company_id: int) -> bool | None:
        """Return what is set for this company, asking no cache."""
        if self._state.adding:
            return None
        stored: bool | None = (
            self.settings.filter(company=company_id).values_list("is_on", flat=True).first()
        )
        return stored
