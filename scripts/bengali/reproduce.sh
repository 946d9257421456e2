#!/usr/bin/env bash
# All Bengali stages, from the competition's data to the submissions. Run it again to resume: finished stages are skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh bengali "$@"
expect_no_arguments "$@"

run_stages scripts/bengali/[0-9][0-9]_*.sh
