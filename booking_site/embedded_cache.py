"""The cache where there is no server: files that every process sees."""

import random
from pathlib import Path

from django.core.cache.backends.filebased import FileBasedCache

FOLDERS = "0123456789abcdef"  # as many as are quick to look through, and to fill
WRITES_PER_CULL = 200


class EmbeddedCache(FileBasedCache):
    """Django's file cache, whose writes cost the same however much is cached.

    The original looks through all of its files before every write, and has them in one folder.
    """

    _dir: str

    def _key_to_file(self, key: str, version: int | None = None) -> str:
        path = Path(super()._key_to_file(key, version))  # type: ignore[misc]
        return str(path.parent / path.name[0] / path.name)

    def _createdir(self) -> None:
        # The last one is there: all are.
        if not (Path(self._dir) / FOLDERS[-1]).is_dir():
            for folder in FOLDERS:
                (Path(self._dir) / folder).mkdir(mode=0o700, parents=True, exist_ok=True)

    def _list_cache_files(self) -> list[str]:
        return [str(path) for path in Path(self._dir).glob(f"*/*{self.cache_suffix}")]

    def _cull(self) -> None:
        if random.randrange(WRITES_PER_CULL) == 0:  # noqa: S311 -- who does it is no secret
            super()._cull()  # type: ignore[misc]
