"""Prints the share of lines that a measured test run has executed, by room of the library."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory


def main() -> None:
    with TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", report], check=True)
        files = json.loads(report.read_text())["files"]
    lines, executed = Counter(), Counter()
    for name, file in files.items():
        inside = Path(name).parts[Path(name).parts.index("mojika") + 1 :]
        for room in (inside[0] if len(inside) > 1 else "(none)", "all"):
            lines[room] += file["summary"]["num_statements"]
            executed[room] += file["summary"]["covered_lines"]
    print("room             lines  executed")
    for room in sorted(lines, key=lambda room: (room == "all", room)):
        print(f"{room:<15}{lines[room]:>7}{executed[room] / max(lines[room], 1):>9.1%}")


if __name__ == "__main__":
    main()
