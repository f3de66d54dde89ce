"""What a connection test has found, in sentences: what it means, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from appointments.admin.shown import moment
from appointments.models import Company
from calcom.connection import Finding, Level

LIGHTS = {
    Level.OK: (_("works"), "success"),
    Level.WARNING: (_("look at it"), "warning"),
    Level.DANGER: (_("does not work"), "danger"),
    Level.UNKNOWN: (_("not known"), "default"),
}
ABOUT = {
    "key": _("API key"),
    "team": _("Team"),
    "event_types": _("Event types"),
    "webhook": _("Webhook"),
    "rate": _("Rate limit"),
    "clock": _("Clock"),
    "heard": _("Last heard"),
    "circuit": _("Pause after failures"),
    "syncs": _("Appointments"),
}
ENTER_KEY = _("Enter a new key on the company's page; in Cal.com: Settings, Developer, API keys.")
ENTER_SECRET = _("Enter the same secret in Cal.com's webhook and on the company's page.")
WAIT = _("Wait, then test again; what is to be sent is sent by itself.")
# What keeps Cal.com from saying anything at all is the same whatever was asked.
FAILURES: Mapping[str, tuple[Any, Any]] = {
    "wrong_key": (_("Cal.com answers 401: the key is wrong or revoked."), ENTER_KEY),
    "not_allowed": (
        _("Cal.com answers 403: the key may not do this."),
        _("The key's owner must be an admin of the team in Cal.com, or enter another key."),
    ),
    "busy": (_("Cal.com answers 429: too much was asked; again in %(seconds)s s."), WAIT),
    "kept_back": (
        _("Not asked, to stay below Cal.com's rate limit; again in %(seconds)s s."),
        WAIT,
    ),
    "silent": (
        _("Cal.com did not answer within three seconds."),
        _("Look at status.cal.com and at this site's way out to the internet. %(wait)s"),
    ),
    "broken": (
        _("Cal.com answers %(status)s: it is broken itself, or says what we cannot read."),
        _("Look at status.cal.com. %(wait)s"),
    ),
    "not_found": (
        _("Cal.com does not know it, or does not show it to this key."),
        _("Compare the team id on the company's page with the one in Cal.com."),
    ),
    "refused": (
        _("Cal.com answers %(status)s: it does not take our question."),
        _("Report this: Cal.com's API may have changed."),
    ),
}
WORDS: Mapping[tuple[str, str], tuple[Any, Any]] = {
    ("key", "valid"): (_("Valid. It belongs to %(owner)s (number %(id)s)."), ""),
    ("team", "readable"): (_("Team %(id)s can be read: %(count)s event types."), ""),
    ("event_types", "readable"): (
        _("%(count)s of the key's owner can be read; %(maps)s event maps here."),
        "",
    ),
    ("webhook", "registered"): (_("Registered at our address, with our secret."), ""),
    ("webhook", "no_secret"): (
        _("No secret is stored here, so nothing that Cal.com tells is believed."),
        ENTER_SECRET,
    ),
    ("webhook", "none"): (
        _("None is registered at our address: changes made in Cal.com come at night only."),
        _("In Cal.com: Settings, Developer, Webhooks, new, with %(address)s and the secret."),
    ),
    ("webhook", "not_listed"): (
        _("None of the key's owner; those of a team's event types cannot be listed."),
        _("Look in Cal.com whether the team's webhook leads to %(address)s."),
    ),
    ("webhook", "elsewhere"): (
        _("It leads to another address: %(url)s"),
        _("Correct it in Cal.com: %(address)s"),
    ),
    ("webhook", "inactive"): (
        _("Registered, but switched off."),
        _("Switch it on in Cal.com: Settings, Developer, Webhooks."),
    ),
    ("webhook", "other_secret"): (
        _("Registered, but with another secret: what it tells is refused."),
        ENTER_SECRET,
    ),
    ("webhook", "lacking"): (
        _("Registered, but not told of everything: %(triggers)s."),
        _("Tick these events in Cal.com's webhook."),
    ),
    ("rate", "enough"): (
        _("%(left)s of %(of)s requests left; counted anew in %(seconds)s s."),
        "",
    ),
    ("rate", "few_left"): (
        _("Only %(left)s of %(of)s requests left; counted anew in %(seconds)s s."),
        _("What can wait waits by itself. If it stays so, give other programs a key of their own."),
    ),
    ("rate", "not_told"): (_("Cal.com did not say."), ""),
    ("clock", "right"): (_("Both clocks agree."), ""),
    ("clock", "wrong"): (
        _("This machine's clock and Cal.com's are %(seconds)s s apart."),
        _("Set this machine's clock by NTP."),
    ),
    ("clock", "not_told"): (_("Cal.com did not say."), ""),
    ("heard", "never"): (
        _("Cal.com has never told us anything."),
        _("Book something in Cal.com by hand; if nothing comes, look at the webhook above."),
    ),
    ("heard", "last"): ("%(at)s", ""),
    ("heard", "failed"): (
        _("%(at)s; %(failed)s could not be followed."),
        _("See “Webhooks” in the menu."),
    ),
    ("circuit", "closed"): (_("None: Cal.com is asked."), ""),
    ("circuit", "open"): (
        _("Cal.com failed several times in a row and is left alone for up to %(seconds)s s."),
        WAIT,
    ),
    ("syncs", "none"): (_("All that lie ahead are in Cal.com."), ""),
    ("syncs", "pending"): (
        _("%(pending)s that lie ahead wait to be sent."),
        _("If the number does not fall, the worker is not running."),
    ),
    ("syncs", "failed"): (
        _("%(failed)s that lie ahead could not be synced, %(pending)s wait."),
        _("See “To review” in the menu."),
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One part of the connection, as the page shows it."""

    about: Any
    light: Any
    colour: str
    sentence: str
    remedy: str


def line_about(finding: Finding, company: Company) -> Line:
    """Say what was found of one part."""
    light, colour = LIGHTS[finding.level]
    known = WORDS.get((finding.about, finding.verdict)) or FAILURES[finding.verdict]
    facts = {"wait": WAIT, **finding.facts}
    if "at" in facts:
        at = datetime.fromisoformat(facts["at"])
        facts["at"] = moment(at, zone=ZoneInfo(company.timezone))
    if "triggers" in facts:
        facts["triggers"] = ", ".join(facts["triggers"])
    sentence, remedy = (str(words) % facts for words in known)
    return Line(ABOUT[finding.about], light, colour, sentence, remedy)
