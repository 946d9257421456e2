#!/usr/bin/env python3
"""Print docs/licences.md: the licence of every package in requirements.txt, as the installed packages say it.

./run.sh --local python scripts/supply/licences.py > docs/licences.md
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAD = """# Licences of what Mojika uses

Mojika itself is under the [MIT licence](../LICENSE). `pip` installs these packages from their own places; none is part
of this repository. The table is made of what the packages say of themselves
(`python scripts/supply/licences.py > docs/licences.md`).

| package | version | licence |
|---|---|---|"""
SHORT = {
    "Apache Software License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License": "Apache-2.0",
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Python Software Foundation License": "PSF",
}


def main() -> int:
    print(HEAD)
    missing = []
    for name, version in pins():
        try:
            print(f"| {name} | {version} | {licence_of(name)} |")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        print(f"not installed: {', '.join(missing)}; use the environment of ./run.sh", file=sys.stderr)
    return 2 if missing else 0


def pins() -> list[tuple[str, str]]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = (re.fullmatch(r"([\w.-]+)={2,3}(\S+)", line) for line in lines)
    return sorted(((each[1], each[2]) for each in found if each), key=lambda pin: pin[0].lower())


def licence_of(name: str) -> str:
    """The expression of the metadata; else its classifiers; else the first line of its text, where that is a name."""
    said = metadata(name)
    classifiers = [line.split(" :: ")[-1] for line in said.get_all("Classifier") or [] if line.startswith("License ::")]
    text = (said.get("License") or "").strip().splitlines()
    named = text[:1] if len(text) == 1 and len(text[0]) < 60 else []
    found = [said["License-Expression"]] if said.get("License-Expression") else classifiers or named or text[:1]
    return " or ".join(SHORT.get(each, each) for each in found) or "not said"


if __name__ == "__main__":
    raise SystemExit(main())
