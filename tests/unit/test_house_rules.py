"""Rules about the code itself that no linter has."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("appointments", "booking_site", "calcom", "features", "voice")
MODULES = [
    path
    for app in APPS
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_fits_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "services", "misc"])
def test_every_module_has_a_name_from_the_domain(name: str) -> None:
    allowed = {ROOT / "booking_site" / "salon_file" / "services.py"}  # the salon's services

    assert [path for path in MODULES if path.stem == name and path not in allowed] == []
