"""The voice agent of a salon as code: written out, or pushed to its platform."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from appointments.management.companies import company_named
from appointments.models import Company
from voice.agent.definition import define
from voice.agent.platform import Push, PushError, connect, push
from voice.agent.salon import Salon, salon_of
from voice.models import Agent

PLACEHOLDER_URL = "https://salon.example"
VOICE = "11labs-Adrian"


class Command(BaseCommand):
    help = "Write out the agent of a salon (export), or make Retell agree with it (push)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        export = actions.add_parser("export", help="Write the agent as JSON.")
        export.add_argument("--company", metavar="SLUG", default="")
        export.add_argument("--language", choices=["de", "en"], default="de")
        export.add_argument("--output", type=Path, metavar="FILE")
        pushing = actions.add_parser("push", help="Create or update it in Retell.")
        pushing.add_argument("--company", metavar="SLUG", required=True)
        pushing.add_argument("--new", action="store_true", help="Make another agent.")
        pushing.add_argument(
            "--voice", default=VOICE, metavar="ID", help="Of an agent that is made."
        )
        pushing.add_argument(
            "--termination-uri", default="", help="SIP trunk of numbers Retell has not got yet."
        )
        pushing.add_argument("--dry-run", action="store_true", help="Only say what differs.")
        for action in (export, pushing):
            action.add_argument(
                "--agent", default="", metavar="ID", help="Which, where a company has several."
            )
            action.add_argument(
                "--base-url",
                default=settings.PUBLIC_URL,
                metavar="URL",
                help="Where Retell reaches this site; by default PUBLIC_URL.",
            )

    def handle(self, *, action: str, **options: Any) -> None:
        if action == "export":
            self._export(**options)
        else:
            self._push(**options)

    def _export(
        self,
        *,
        company: str,
        language: str,
        output: Path | None,
        agent: str,
        base_url: str,
        **_: Any,
    ) -> None:
        if not base_url:
            self.stderr.write(f"PUBLIC_URL is not set, so the tools point to {PLACEHOLDER_URL}.")
        url = (base_url or PLACEHOLDER_URL).rstrip("/")
        if company:
            found = company_named(company)
            salon = _salon(found, _agent(found, agent_id=agent, new=False), base_url=url)
        else:
            salon = Salon(base_url=url, locale=language)
        text = define(salon).as_json()
        if output:
            output.write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text, ending="")

    def _push(
        self,
        *,
        company: str,
        agent: str,
        new: bool,
        base_url: str,
        voice: str,
        termination_uri: str,
        dry_run: bool,
        **_: Any,
    ) -> None:
        if not base_url.startswith("https://"):
            msg = (
                "Set PUBLIC_URL or --base-url to the https:// address Retell reaches this site at."
            )
            raise CommandError(msg)
        found = company_named(company)
        api_key = found.retell_api_key or settings.RETELL_API_KEY
        if not api_key:
            msg = (
                f"{found.slug} has no Retell API key. Enter it on the company's page in the admin."
            )
            raise CommandError(msg)
        row = _agent(found, agent_id=agent, new=new)
        how = Push(
            dry_run=dry_run,
            voice_id=voice,
            termination_uri=termination_uri,
            say=self.stdout.write,
        )
        definition = define(_salon(found, row, base_url=base_url.rstrip("/")))
        try:
            push(agent=row, definition=definition, client=connect(api_key=api_key), how=how)
        except PushError as error:
            raise CommandError(str(error)) from error


def _agent(company: Company, *, agent_id: str, new: bool) -> Agent:
    """Return the agent that is meant; unsaved where one is to be made."""
    rows = Agent.objects.filter(company=company).order_by("pk")
    # One without an id is being made: a push was cut off after its flow.
    if new:
        return rows.filter(agent_id="").first() or Agent(company=company)
    if agent_id:
        rows = rows.filter(agent_id=agent_id)
        if not rows:
            raise CommandError(f"{company.slug} has no agent {agent_id}.")
    if len(rows) > 1:
        named = ", ".join(row.agent_id for row in rows if row.agent_id)
        raise CommandError(f"{company.slug} has several agents; name one with --agent: {named}.")
    return rows.first() or Agent(company=company)


def _salon(company: Company, agent: Agent, *, base_url: str) -> Salon:
    return salon_of(
        company,
        base_url=base_url,
        agent_id=agent.agent_id,
        transfer_to=agent.transfer_to,
    )
