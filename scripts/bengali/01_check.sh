#!/usr/bin/env bash
# Stage 1: every fault of the competition's files in one table. Options go to `mojika check`.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh bengali "$@"

mojika check "$data" "$@"
