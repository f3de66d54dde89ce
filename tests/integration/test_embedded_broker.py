"""The broker of files: what is read is whole, and read once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from queue import Empty

import pytest
from kombu import Connection

from booking_site.embedded_broker import Transport

MESSAGES = 500


@pytest.fixture
def channel(tmp_path):
    def open_one():
        folder = str(tmp_path)
        options = {
            "data_folder_in": folder,
            "data_folder_out": folder,
            "control_folder": f"{folder}/control",
        }
        connection = Connection("filesystem://", transport_options=options)
        assert connection.get_transport_cls() is Transport
        return connection.channel()

    return open_one


def test_every_message_is_read_whole_and_once_while_others_are_written(channel):
    writer, readers = channel(), [channel(), channel()]
    written = threading.Event()

    def write():
        for number in range(MESSAGES):
            writer._put("q", {"number": number, "filler": "x" * 2000})
        written.set()

    def read(reader):
        found = []
        while True:
            done = written.is_set()
            try:
                found.append(reader._get("q")["number"])
            except Empty:
                if done:
                    return found

    with ThreadPoolExecutor() as pool:
        pool.submit(write)
        found = list(pool.map(read, readers))

    assert sorted(found[0] + found[1]) == list(range(MESSAGES))


def test_what_cannot_be_read_is_skipped(channel, tmp_path):
    (tmp_path / "0_broken.q.msg").write_text("")
    open_one = channel()
    open_one._put("q", {"number": 1})

    assert open_one._get("q") == {"number": 1}
    with pytest.raises(Empty):
        open_one._get("q")


def test_two_who_bind_the_same_queue_at_once_both_find_it(channel):
    channels = [channel() for _ in range(8)]

    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda one: one._queue_bind("x", "x", "", "x"), channels))

    assert [binding.queue for binding in channels[0].get_table("x")] == ["x"]
