"""Where benchmarks leave what they measured."""

import json
from pathlib import Path
from typing import Any


def show(report: dict[str, Any], out: Path | None) -> None:
    """Print the report, and write it to `out` if that is a file."""
    text = json.dumps(report, indent=1, ensure_ascii=False)
    print(text)
    if out:
        out.write_text(text + "\n")
