"""A broker of files, for machines without a server: kombu's, with every write in one step.

Kombu opens a message's file under its final name and then writes it, so that a worker may read
it half written, which ends the worker. Here a file has its name only once it is whole. Nothing
is lost for good either way: what no message says, the sweep finds.
"""

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

import structlog
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

log = structlog.get_logger(__name__)


class Channel(filesystem.Channel):
    """Messages as files of one folder; a rename makes them, and a rename takes them."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:
        folder = Path(self.data_folder_out)
        part = folder / f".{uuid.uuid4()}.part"
        part.write_text(dumps(payload))
        part.replace(folder / f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg")

    def _get(self, queue: str) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(path.name for path in folder.iterdir()):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f".{uuid.uuid4()}.taken"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:
                continue  # another worker was faster
            text = taken.read_text()
            taken.unlink()
            try:
                return loads(text)
            except ValueError:
                log.warning("broker.message_unreadable", queue=queue)
        raise Empty

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        table = self._exchange_file(exchange)
        if not table.exists():
            table.parent.mkdir(exist_ok=True)
            part = table.with_name(f".{uuid.uuid4()}.part")
            part.write_text("[]")
            try:
                os.link(part, table)
            except FileExistsError:
                pass  # another process was faster
            finally:
                part.unlink()
        super()._queue_bind(exchange, routing_key, pattern, queue)


class Transport(filesystem.Transport):
    """What `filesystem://` means on this site."""

    Channel = Channel
    # Channels of one process share what they know of queues, as those of kombu's transport do.
    global_state = filesystem.Transport.global_state
