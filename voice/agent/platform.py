"""The agent pushed to its platform: compared with what is there, and only then changed.

Through the official SDK, which is large and needed by nobody who answers a call: only the
command imports this.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import retell
from django.conf import settings
from retell import Retell

from voice.agent.definition import Definition
from voice.agent.differences import differences
from voice.models import Agent

TIMEOUT_SECONDS = 20.0
Said = Callable[[str], None]


class PushError(Exception):
    """The platform did not take it. The text says what to do, and holds no key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """How to push.

    Attributes:
        dry_run: only say what would change.
        voice_id: of an agent that is made; later the voice belongs to the dashboard.
        termination_uri: of the SIP trunk, for numbers the platform has not got yet.
        say: hears what is done, line by line.
    """

    dry_run: bool
    voice_id: str
    termination_uri: str
    say: Said


def connect(*, api_key: str) -> Retell:
    """Return a client; nothing is sent yet."""
    return Retell(
        api_key=api_key, base_url=settings.RETELL_API_URL, timeout=TIMEOUT_SECONDS, max_retries=2
    )


def push(*, agent: Agent, definition: Definition, client: Retell, how: Push) -> None:
    """Make the platform agree with a definition. Pushing again changes nothing.

    Ids are stored the moment the platform has given them: a push that is cut off goes on
    where it stopped.

    Args:
        agent: its row; not saved yet where there is no agent.
        definition: what shall be there.
        client: of the company's workspace.
        how: see there.

    Raises:
        PushError: the platform refused, or could not be reached.
    """
    with _in_words():
        how.say(f"Workspace: {client.identity.retrieve().org_name}")
    if agent.agent_id:
        _update(agent, definition, client, how)
    else:
        _create(agent, definition, client, how)
    missing = [
        number
        for number, wanted in sorted(definition.numbers.items())
        if not _push_number(number, wanted, agent, client, how)
    ]
    if missing:
        msg = (
            f"Retell does not have {', '.join(missing)} yet. Import it there, or push with "
            "--termination-uri and the address of the SIP trunk."
        )
        raise PushError(msg)


def _create(agent: Agent, definition: Definition, client: Retell, how: Push) -> None:
    how.say("Agent: new")
    if how.dry_run:
        return
    with _in_words():
        if agent.flow_id:
            flow = client.conversation_flow.update(agent.flow_id, **definition.flow)
        else:
            flow = client.conversation_flow.create(**definition.flow)
        agent.flow_id = flow.conversation_flow_id
        agent.save()
        made = client.agent.create(
            response_engine={
                "type": "conversation-flow",
                "conversation_flow_id": flow.conversation_flow_id,
                "version": flow.version,
            },
            voice_id=how.voice_id,
            **definition.agent,
        )
        agent.agent_id = made.agent_id
        agent.save()
        client.agent.publish(made.agent_id, version=int(made.version))
    how.say(f"Agent: {agent.agent_id}, published")


def _update(agent: Agent, definition: Definition, client: Retell, how: Push) -> None:
    there = _agent_there(agent, client)
    flow_id, flow_version = _flow_of(there)
    with _in_words():
        flow = _raw(client.conversation_flow, flow_id, version=flow_version)
    changes = [
        *differences(definition.flow, flow, at="flow"),
        *differences(definition.agent, there, at="agent"),
    ]
    for change in changes:
        how.say(f"Differs: {change}")
    published = bool(there.get("is_published"))
    if not changes and published:
        how.say(f"Agent: {agent.agent_id}, unchanged")
    elif not how.dry_run:
        with _in_words():
            version = int(there["version"])
            if published:
                # What is published stands; a change is a new draft, with a flow of its own.
                draft = client.agent.create_version(agent.agent_id, base_version=version).to_dict()
                version = int(str(draft["version"]))
                flow_id, flow_version = _flow_of(draft)
            client.conversation_flow.update(flow_id, version=flow_version, **definition.flow)
            client.agent.update(agent.agent_id, version=version, **definition.agent)
            client.agent.publish(agent.agent_id, version=version)
        how.say(f"Agent: {agent.agent_id}, version {version} published")
    if agent.flow_id != flow_id and not how.dry_run:
        agent.flow_id = flow_id
        agent.save()


def _agent_there(agent: Agent, client: Retell) -> dict[str, Any]:
    try:
        with _in_words():
            return _raw(client.agent, agent.agent_id)
    except _MissingError as error:
        msg = (
            f"Retell knows no agent {agent.agent_id} in this workspace. Correct its id on the "
            "company's page, or push with --new."
        )
        raise PushError(msg) from error


def _flow_of(there: Mapping[str, Any]) -> tuple[str, int]:
    """Return the id and version of the flow an agent follows."""
    engine = there["response_engine"]
    if engine.get("type") != "conversation-flow":
        msg = "This agent follows no conversation flow. Push with --new, and retire it in Retell."
        raise PushError(msg)
    return engine["conversation_flow_id"], int(engine["version"])


def _push_number(
    number: str, wanted: Mapping[str, Any], agent: Agent, client: Retell, how: Push
) -> bool:
    """Bind a number to the agent; false where the platform has no such number."""
    bound = dict(wanted)
    if agent.agent_id:
        bound["inbound_agents"] = [
            {"agent_id": agent.agent_id, "agent_version": "latest_published", "weight": 1}
        ]
    try:
        with _in_words():
            there = _raw(client.phone_number, number)
    except _MissingError:
        if not how.termination_uri:
            return False
        how.say(f"Number {number}: imported")
        if not how.dry_run:
            with _in_words():
                client.phone_number.import_(
                    phone_number=number, termination_uri=how.termination_uri, **bound
                )
        return True
    changes = list(differences(bound, there, at=f"number {number}"))
    for change in changes:
        how.say(f"Differs: {change}")
    if changes and not how.dry_run:
        with _in_words():
            client.phone_number.update(number, **bound)
    how.say(f"Number {number}: {'bound' if changes else 'unchanged'}")
    return True


def _raw(resource: Any, id_: str, **more: Any) -> dict[str, Any]:
    """Return an object as the platform sent it: the SDK's models would add and leave out."""
    body: dict[str, Any] = resource.with_raw_response.retrieve(id_, **more).http_response.json()
    return body


class _MissingError(PushError):
    """The platform knows nothing of that id."""


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn the SDK's errors into what whoever pushes can do."""
    try:
        yield
    except retell.NotFoundError as error:
        raise _MissingError(f"Retell does not know it: {error.message}") from error
    except (retell.AuthenticationError, retell.PermissionDeniedError) as error:
        msg = "Retell does not accept the company's API key. Enter the right one in the admin."
        raise PushError(msg) from error
    except retell.APIStatusError as error:
        raise PushError(f"Retell refused with {error.status_code}: {error.message}") from error
    except retell.APIConnectionError as error:
        msg = "Retell could not be reached; nothing more was changed. Push again later."
        raise PushError(msg) from error
