"""A stand-in for Retell's API: agents, flows and numbers with their versions, over real HTTP.

Bodies are held against the official SDK's own types; what those do not know is refused, as the
platform does. What is published can no longer be changed.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import TypeAdapter, ValidationError
from retell.types import (
    AgentCreateParams,
    AgentUpdateParams,
    ConversationFlowCreateParams,
    ConversationFlowUpdateParams,
    PhoneNumberImportParams,
    PhoneNumberUpdateParams,
)

KEY = "key_of_the_workspace"


def problems_of(body: Any, params: Any) -> str:
    """Return what is wrong with a body by the SDK's types; "" for nothing."""
    adapter = _adapter(params)
    try:
        known = adapter.dump_python(adapter.validate_python(body), mode="json")
    except ValidationError as error:
        return str(error)
    return "" if known == body else f"unknown: {sorted(set(body) - set(known)) or 'inside'}"


@cache
def _adapter(params: Any) -> TypeAdapter[Any]:
    return TypeAdapter(params)


class Refused(Exception):  # noqa: N818 -- an answer, not a bug
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class RetellStandIn:
    """One workspace.

    Attributes:
        agents, flows: by id, all versions, oldest first.
        numbers: by E.164.
        writes: every request that changed something: method and path.
        fails: path → status to answer once, before anything is done.
    """

    agents: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    flows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    fails: dict[str, int] = field(default_factory=dict)
    url: str = ""

    def answer(self, method: str, target: str, body: Any, *, token: str) -> Any:
        parts = urlsplit(target.replace("%2B", "+"))
        if token != f"Bearer {KEY}":
            raise Refused(401, "invalid api key")
        if status := self.fails.pop(parts.path, None):
            raise Refused(status, "told to fail")
        version = parse_qs(parts.query).get("version", [None])[0]
        for verb, pattern, handle in self._routes():
            if verb == method and (match := re.fullmatch(pattern, parts.path)):
                if method != "GET":
                    self.writes.append(f"{method} {parts.path}")
                return handle(*match.groups(), body, version)
        raise Refused(404, f"no such address: {parts.path}")

    def _routes(self) -> list[tuple[str, str, Callable[..., Any]]]:
        return [
            ("GET", "/get-api-key-info", lambda *_: {"org_id": "org_1", "org_name": "Muster"}),
            ("POST", "/create-conversation-flow", self._create_flow),
            ("GET", "/get-conversation-flow/(.+)", self._get_flow),
            ("PATCH", "/update-conversation-flow/(.+)", self._update_flow),
            ("POST", "/create-agent", self._create_agent),
            ("GET", "/get-agent/(.+)", self._get_agent),
            ("PATCH", "/update-agent/(.+)", self._update_agent),
            ("POST", "/create-agent-version/(.+)", self._new_version),
            ("POST", "/publish-agent-version/(.+)", self._publish),
            ("GET", r"/get-phone-number/(.+)", self._get_number),
            ("PATCH", r"/update-phone-number/(.+)", self._update_number),
            ("POST", "/import-phone-number", self._import_number),
        ]

    def _create_flow(self, body: Any, _version: Any) -> Any:
        _check(body, ConversationFlowCreateParams)
        flow_id = f"conversation_flow_{len(self.flows) + 1}"
        self.flows[flow_id] = [{**body, "conversation_flow_id": flow_id, "version": 0}]
        return self.flows[flow_id][0]

    def _get_flow(self, flow_id: str, _body: Any, version: Any) -> Any:
        return _version_of(self.flows, flow_id, version)

    def _update_flow(self, flow_id: str, body: Any, version: Any) -> Any:
        _check(body, ConversationFlowUpdateParams)
        flow = _version_of(self.flows, flow_id, version)
        if flow.get("is_published"):
            raise Refused(422, "a published version cannot be updated")
        return _merge(flow, body)

    def _create_agent(self, body: Any, _version: Any) -> Any:
        _check(body, AgentCreateParams)
        agent_id = f"agent_{len(self.agents) + 1:02d}"
        self.agents[agent_id] = [
            {
                **body,
                "agent_id": agent_id,
                "version": 0,
                "is_published": False,
                "last_modification_timestamp": 0,
            }
        ]
        return self.agents[agent_id][0]

    def _get_agent(self, agent_id: str, _body: Any, version: Any) -> Any:
        return _version_of(self.agents, agent_id, version)

    def _update_agent(self, agent_id: str, body: Any, version: Any) -> Any:
        _check(body, AgentUpdateParams)
        agent = _version_of(self.agents, agent_id, version)
        if agent["is_published"]:
            raise Refused(422, "a published version cannot be updated")
        return _merge(agent, body)

    def _new_version(self, agent_id: str, body: Any, _version: Any) -> Any:
        base = _version_of(self.agents, agent_id, body["base_version"])
        engine = base["response_engine"]
        flows = self.flows[engine["conversation_flow_id"]]
        fork = json.loads(json.dumps(flows[engine["version"]]))
        flows.append(fork | {"version": len(flows), "is_published": False})
        draft = json.loads(json.dumps(base)) | {
            "version": len(self.agents[agent_id]),
            "is_published": False,
        }
        draft["response_engine"]["version"] = flows[-1]["version"]
        self.agents[agent_id].append(draft)
        return draft

    def _publish(self, agent_id: str, body: Any, _version: Any) -> Any:
        agent = _version_of(self.agents, agent_id, body["version"])
        agent["is_published"] = True
        engine = agent["response_engine"]
        self.flows[engine["conversation_flow_id"]][engine["version"]]["is_published"] = True
        return agent

    def _get_number(self, number: str, _body: Any, _version: Any) -> Any:
        if number not in self.numbers:
            raise Refused(404, "no such number")
        return self.numbers[number]

    def _update_number(self, number: str, body: Any, version: Any) -> Any:
        _check(body, PhoneNumberUpdateParams)
        self._check_binding(body)
        return _merge(self._get_number(number, body, version), body)

    def _import_number(self, body: Any, _version: Any) -> Any:
        _check(body, PhoneNumberImportParams)
        self._check_binding(body)
        self.numbers[body["phone_number"]] = {"phone_number_type": "custom", **body}
        return self.numbers[body["phone_number"]]

    def _check_binding(self, body: Any) -> None:
        for bound in body.get("inbound_agents", []):
            if not any(agent["is_published"] for agent in self.agents[bound["agent_id"]]):
                raise Refused(422, "nothing published to bind")
        if sum(bound["weight"] for bound in body.get("inbound_agents", [])) != 1:
            raise Refused(422, "weights must add up to 1")


def _check(body: Any, params: Any) -> None:
    if problem := problems_of(body, params):
        raise Refused(422, problem)


def _version_of(rows: dict[str, list[dict[str, Any]]], id_: str, version: Any) -> dict[str, Any]:
    if id_ not in rows:
        raise Refused(404, f"no {id_}")
    return rows[id_][-1 if version is None else int(version)]


def _merge(row: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    row.update(body)
    return row


@contextmanager
def running() -> Iterator[RetellStandIn]:
    workspace = RetellStandIn()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            try:
                token = self.headers["Authorization"]
                self.reply(200, workspace.answer(self.command, self.path, body, token=token))
            except Refused as refused:
                self.reply(refused.status, {"status": "error", "message": str(refused)})

        do_GET = do_POST = do_PATCH = handle_any  # noqa: N815 -- http.server's names

        def reply(self, status: int, answer: Any) -> None:
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    workspace.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield workspace
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
