"""Every flag of the site, and who decides whether it is on."""

from enum import StrEnum

import structlog
from django.conf import settings
from waffle import get_waffle_flag_model

from features.models import CompanyFlag

log = structlog.get_logger(__name__)


class Flag(StrEnum):
    """What can be changed tonight, without a deploy, for everyone or for one company."""

    SKIP_ALTERNATIVES_FOR_VOICE = "skip_alternatives_for_voice"
    PARALLEL_CALCOM_BOOKING = "parallel_calcom_booking"
    POST_SYNC_VERIFICATION = "post_sync_verification"
    REQUIRE_EVENT_MAPS = "require_event_maps"
    SLOT_HOLDS = "slot_holds"
    CALCOM_LIVE_SLOTS = "calcom_live_slots"
    BRIEF_CONFIRMATIONS = "brief_confirmations"
    TWO_STEP_BOOKING = "two_step_booking"
    VOICE_RESCHEDULE = "voice_reschedule"
    VOICE_CANCEL = "voice_cancel"

    @property
    def default(self) -> bool:
        """What holds where neither ops nor the company nor the environment says anything."""
        return self not in {Flag.SKIP_ALTERNATIVES_FOR_VOICE, Flag.TWO_STEP_BOOKING}

    def is_on(self, *, company_id: int) -> bool:
        """Ask ops' setting for everyone, then the company's, then FEATURE_…, then the default."""
        everyone, own = self._settings(company_id)
        return self.resolve(everyone=everyone, own=own)

    def resolve(self, *, everyone: bool | None, own: bool | None) -> bool:
        """Say what holds, given what ops have set for everyone and a company for itself."""
        if everyone is not None:
            return everyone
        if own is not None:
            return own
        return bool(settings.FEATURE_DEFAULTS.get(self.value, self.default))

    def _settings(self, company_id: int) -> tuple[bool | None, bool | None]:
        """Return what ops and the company have set. A cache that is down costs two queries."""
        try:
            row = CompanyFlag.get(self.value)
            return row.everyone, row.setting_of(company_id)
        except Exception as error:  # noqa: BLE001 -- whatever the cache raises when it is down
            log.warning("features.cache_failed", flag=self.value, why=str(error))
        row = CompanyFlag.objects.filter(name=self.value).first() or CompanyFlag(name=self.value)
        return row.everyone, row.stored_setting_of(company_id)


MEANINGS = {
    Flag.SKIP_ALTERNATIVES_FOR_VOICE: "On: a taken time is answered at once, without a search.",
    Flag.PARALLEL_CALCOM_BOOKING: "Off: the phases of an appointment are booked one by one.",
    Flag.POST_SYNC_VERIFICATION: "Off: an unclear answer of Cal.com goes to a person at once.",
    Flag.REQUIRE_EVENT_MAPS: "Off: services are offered even where Cal.com cannot book them.",
    Flag.SLOT_HOLDS: "Off: offered slots are not kept for the caller.",
    Flag.CALCOM_LIVE_SLOTS: "Off: availability is decided by our own database alone.",
    Flag.BRIEF_CONFIRMATIONS: "Off: the agent reads every date and time back in full.",
    Flag.TWO_STEP_BOOKING: "On: a slot is held first, and booked when the caller confirms it.",
    Flag.VOICE_RESCHEDULE: "Off: callers cannot move appointments, they are called back.",
    Flag.VOICE_CANCEL: "Off: callers cannot cancel appointments, they are called back.",
}


def create_missing_rows(**_: object) -> None:
    """Give every flag its row, so that ops find it in the admin. Rows that exist stay as set."""
    model = get_waffle_flag_model()
    for flag in Flag:
        model.objects.get_or_create(name=flag.value, defaults={"note": MEANINGS[flag]})
