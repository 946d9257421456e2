#!/usr/bin/env bash
# What stages of any pipeline share: what they say, and training runs, which lie in `models`. Sourced from the root.
# shellcheck disable=SC2154 # models is one of the settings
set -euo pipefail

step() { printf '\n== %s\n' "$*"; }

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

fail() {
    say "$*"
    exit 2
}

# The models that the classifiers' recipes in a folder leave, one a line.
models_of() {
    local script
    for script in "$1"/0[1-9]_*.sh; do
        echo "$models/$(basename "$script" .sh)/best.model"
    done
}

# A run that another process holds is not waited for: status 75 says that this stage is to be run again later.
expect_trained() {
    if [[ -e $1/lock ]] && ! flock --nonblock "$1/lock" true; then
        say "$1 is still being trained by another process"
        exit 75
    fi
}

# Runs training scripts one after the other; further arguments, behind `--`, go to each of them.
train_all() {
    local scripts=() script
    while [[ $1 != -- ]]; do
        scripts+=("$1")
        shift
    done
    shift
    for script in "${scripts[@]}"; do
        [[ -f $script ]] || fail "$script: no such recipe"
        bash "$script" "$@"
        expect_trained "$models/$(basename "$script" .sh)"
    done
}
