"""Where derived packs live: they can be deleted at any time and are made again when needed."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """`$MOJIKA_CACHE`, default `input/cache` below the working directory."""
    return Path(os.environ.get("MOJIKA_CACHE") or Path("input") / "cache")
