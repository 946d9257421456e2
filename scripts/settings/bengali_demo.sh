#!/usr/bin/env bash
# Where the Bengali demo works (scripts/bengali/demo.sh).
# shellcheck disable=SC2034 # read by the demo
set -euo pipefail

models=${MOJIKA_BENGALI_DEMO:-models/bengali_demo}
real=${MOJIKA_REAL_DATA:-../shared/data}/bengali_graphemes # without them generated ones are read
data=$models/sample
reader_about=(--data "generated graphemes (mojika sample bengali)")
if [[ -f $real/train.csv ]]; then reader_about+=("Bangla Handwriting Character Corpus (MdSaim5888)"); fi
export MOJIKA_CACHE=$models/cache
