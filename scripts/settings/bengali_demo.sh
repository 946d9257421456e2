#!/usr/bin/env bash
# Where the Bengali demo works (scripts/bengali/demo.sh).
# shellcheck disable=SC2034 # read by the demo
set -euo pipefail

models=${MOJIKA_BENGALI_DEMO:-models/bengali_demo}
real=${MOJIKA_REAL_DATA:-../shared/data}/bengali_graphemes # without them generated ones are read
data=$models/sample
export MOJIKA_CACHE=$models/cache
