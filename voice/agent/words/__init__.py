"""What the agent knows and shall do, per language; the files beside this hold the prose."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Words = Mapping[str, Any]


@cache
def words(locale: str) -> Words:
    """Return the prose in a language: prompt, intents, steps, ask, anywhere, tools, analysis."""
    path = Path(__file__).with_name(f"{locale}.yaml")
    loaded: Words = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded
