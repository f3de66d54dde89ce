"""The cache without a server: what Django's own promises of a cache, in many folders."""

from pathlib import Path

import pytest

from booking_site.embedded_cache import EmbeddedCache


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddedCache:
    return EmbeddedCache(str(tmp_path / "cache"), {"OPTIONS": {"MAX_ENTRIES": 50}})


def test_what_is_written_is_read_by_whoever_has_the_same_folder(
    cache: EmbeddedCache, tmp_path: Path
) -> None:
    cache.set_many({"one": 1, "two": [2]})

    other = EmbeddedCache(str(tmp_path / "cache"), {})
    assert other.get_many(["one", "two", "three"]) == {"one": 1, "two": [2]}
    assert (other.add("one", 9), other.incr("one"), cache.get("one")) == (False, 2, 2)


def test_what_is_deleted_cleared_or_too_old_is_gone(cache: EmbeddedCache) -> None:
    cache.set_many({"one": 1, "two": 2})
    cache.set("old", 3, timeout=-1)
    cache.delete("one")

    assert cache.get_many(["one", "two", "old"]) == {"two": 2}
    cache.clear()
    assert cache.get("two") is None


def test_it_does_not_grow_for_ever(
    cache: EmbeddedCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking_site.embedded_cache.WRITES_PER_CULL", 5)

    for number in range(300):
        cache.set(f"key-{number}", number)

    assert len(list((tmp_path / "cache").glob("*/*.djcache"))) < 150
