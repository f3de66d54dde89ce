"""A line of the log, as it is written: without what nobody should find in it."""

import io
import json
import logging
from logging.config import DictConfigurator

import pytest
import structlog
from django.conf import settings

CUSTOMER = "Lena Vogt"


@pytest.fixture
def written() -> io.StringIO:
    """What a logger of ours writes, through the site's own formatter."""
    stream = io.StringIO()
    formatter = DictConfigurator(settings.LOGGING).configure_formatter(
        dict(settings.LOGGING["formatters"]["line"])  # type: ignore[index]
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.getLogger("privacy")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


def fail(api_key: str, name: str) -> None:
    message = f"no room for lena@example.com and +49 151 11111111 ({len(name)}, {len(api_key)})"
    raise ValueError(message)


def test_an_exception_is_logged_without_its_local_variables(written: io.StringIO) -> None:
    try:
        fail("cal_live_secret", CUSTOMER)
    except ValueError:
        structlog.get_logger("privacy").exception("it.failed", why="with cal_live_secret")

    line = written.getvalue()
    logged = json.loads(line)
    assert logged["exception"][0]["exc_type"] == "ValueError"
    assert logged["exception"][0]["frames"][-1]["name"] == "fail"
    assert logged["exception"][0]["exc_value"] == "no room for … and … (9, 15)"
    assert logged["why"] == "with …"
    for secret in (CUSTOMER, "cal_live_secret", "lena@example.com", "151"):
        assert secret not in line


def test_what_is_no_secret_stays_as_it_is(written: io.StringIO) -> None:
    structlog.get_logger("privacy").warning(
        "it.happened", at="2030-01-08T09:00:00+01:00", call_id="call_9103aa00", days=[1, 2]
    )

    logged = json.loads(written.getvalue())
    assert logged["at"] == "2030-01-08T09:00:00+01:00"
    assert (logged["call_id"], logged["days"]) == ("call_9103aa00", [1, 2])
