"""The HTTP server: one thread per connection, connections kept alive."""

import json
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from calcom.simulator.answers import Answer
from calcom.simulator.knobs import PREFIX, turn_knob
from calcom.simulator.request import request_of
from calcom.simulator.service import serve
from calcom.simulator.world import World

RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # linger, for no time: the peer gets a reset


class SimulatorServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # A whole load test may connect at once.
    request_queue_size = 1024

    def __init__(self, host: str, port: int, world: World) -> None:
        self.world = world
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((host, port), ConnectionHandler)

    def server_bind(self) -> None:
        # HTTPServer's own asks the DNS for the host's name, which nobody here reads.
        TCPServer.server_bind(self)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, peer = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, peer

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up first: half of the tests are about those."""
        if not isinstance(sys.exception(), ConnectionError) and not self.world.closing.is_set():
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop listening, and hang up on whoever is still connected."""
        self.server_close()
        with self._lock:
            for connection in self._open:
                _hang_up(connection)


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # it was closed a moment ago
        connection.shutdown(socket.SHUT_RDWR)


class ConnectionHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "CalcomSimulator"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one piece
    server: SimulatorServer

    def finish(self) -> None:
        # Closing flushes what a client that is gone did not take, and then forgets the rest.
        with suppress(ConnectionError):
            super().finish()
        self.rfile.close()

    def answer(self) -> None:
        """Read a whole request and answer it, or reset the connection."""
        if "transfer-encoding" in self.headers:
            # Its end cannot be told here, so nothing can be read after it either.
            self.close_connection = True
            self._send(Answer(411, {"statusCode": 411, "message": "Length Required"}))
            return
        request = request_of(
            method=self.command,
            target=self.path,
            headers=dict(self.headers.items()),
            content=self.rfile.read(int(self.headers.get("content-length") or 0)),
            peer=str(self.client_address[0]),
        )
        world = self.server.world
        if request.path.startswith(PREFIX):
            self._send(turn_knob(world, request))
        elif (answer := serve(world, request)) is not None:
            self._send(answer)
        else:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 -- http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as it is inherited
        """Say nothing: the log of requests is at /_simulator/requests."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        off_seconds = self.server.world.switches.clock_off_seconds
        return super().date_time_string((timestamp or time.time()) + off_seconds)

    def _send(self, answer: Answer) -> None:
        body = answer.body
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
