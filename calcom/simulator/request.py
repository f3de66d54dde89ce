"""One request as it came in, and what every route reads from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from calcom.simulator.answers import refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request. `target` is path and query as they were sent; header names are lower case."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    peer: str

    @property
    def version(self) -> str:
        return self.headers.get("cal-api-version", "")

    @property
    def key(self) -> str | None:
        """The API key sent, None when there is no credential at all."""
        scheme, _, credential = self.headers.get("authorization", "").partition(" ")
        return credential.strip() if scheme.lower() == "bearer" else None

    def json(self) -> dict[str, Any]:
        """Read the body, an absent one as `{}`.

        Raises:
            RefusedError: 400, it is not a JSON object.
        """
        try:
            body = json.loads(self.content or b"{}")
        except ValueError as error:
            raise refused(400, f"Unexpected token in JSON: {error}") from error
        if not isinstance(body, dict):
            raise refused(400, "Unexpected token in JSON: an object is expected")
        return body

    def body_as_sent(self) -> object:
        """The body for the log: parsed where it parses, None where there is none."""
        try:
            return json.loads(self.content) if self.content else None
        except ValueError:
            return self.content.decode(errors="replace")


def request_of(
    *, method: str, target: str, headers: Mapping[str, str], content: bytes, peer: str
) -> Request:
    parts = urlsplit(target)
    return Request(
        method=method,
        target=target,
        path=parts.path.rstrip("/") or "/",
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in headers.items()},
        content=content,
        peer=peer,
    )
