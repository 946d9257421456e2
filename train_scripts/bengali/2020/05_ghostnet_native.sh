#!/usr/bin/env bash
# Solution (a), GhostNet: generalised mean. Its code was not published; the rest is that of (a).
set -euo pipefail
cd "$(dirname "$0")/../../.."
source train_scripts/bengali/2020/recipe_a.sh

train_as_in_a --model ghostnet_100 --pooling gem "$@"
