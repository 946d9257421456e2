#!/usr/bin/env bash
# What was really done in 2019 and is not the default of train.py any more (docs/coming_from_2019.md has the table).
# Sourced from the root by the recipes of this folder, which run the ordinary recipe of the same name.
set -euo pipefail

source scripts/lib.sh 2019

# shellcheck disable=SC2034 # the recipes read it
training=(
    --warmup-form 2019 --border black --random-erasing-aspect uniform --random-erasing-noise normalised
)

# Arguments: the folder of the ordinary recipe, further flags.
as_in_2019() { bash "$1/$(basename "$0")" "${@:2}"; }
