#!/usr/bin/env bash
# All stages, from the competition's data to the final submission. Run it again to resume: finished stages are skipped.
# What no other stage needs is in scripts/extra.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"
expect_no_arguments "$@"

run_stages scripts/[0-9][0-9]_*.sh
