"""JSON that may come from anyone, or be what a killed process left of it."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any


def load_json(text: str | bytes) -> Any:
    """The value; raises `ValueError` where the text is no JSON, or has lists that are nested too deeply to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("expected JSON, found lists nested too deeply") from None


def kept_object(path: Path) -> dict[str, Any]:
    """What a command keeps for its next call; empty where there is nothing, or nothing of the kind."""
    with suppress(OSError, ValueError):
        found = load_json(path.read_bytes())
        if isinstance(found, dict):
            return found
    return {}
