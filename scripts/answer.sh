#!/usr/bin/env bash
# What every script answers before it does anything. Sourced from the root with the script's arguments: --help shows the
# comment at the script's head; outside Mojika's environment one line says how to start it.
set -euo pipefail

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

fail() {
    say "$*"
    exit 2
}

# For scripts that take none: their arguments.
expect_no_arguments() { (($# == 0)) || fail "unknown argument '$1'; --help shows what the script does"; }

script=$0
if [[ $script != /* ]]; then script=$(realpath -m "${OLDPWD:-.}/$0"); fi
if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    awk '/^#!/ { next } !/^#/ { exit } !/^# shellcheck/ { sub(/^# ?/, ""); print }' "$script"
    exit
fi
command -v mojika >/dev/null || fail "needs Mojika's environment; start it with: ./run.sh --local bash ${script#"$PWD"/}"
