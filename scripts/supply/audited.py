#!/usr/bin/env python3
"""Print what pip-audit's report says, a line each; the exit status is that of scripts/supply/audit.sh."""

import json
import sys
from pathlib import Path

FOUND, NOT_ALL_AUDITED = 1, 75


def main(report: Path) -> int:
    packages = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    found = [(each, one) for each in packages for one in each.get("vulns", [])]
    for each, one in found:
        print(
            f"{each['name']} {each['version']}: {one['id']}, fixed in {', '.join(one['fix_versions']) or 'no version'}"
        )
    audited = len(packages) - len(skipped)
    print(f"{audited} of {len(packages)} packages audited, {len(found)} known vulnerabilities")
    if skipped:
        names = ", ".join(skipped[:5]) + ", …" * (len(skipped) > 5)
        print(f"not audited, as the service does not answer for them: {names}")
    return FOUND if found else NOT_ALL_AUDITED if skipped else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
