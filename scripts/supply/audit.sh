#!/usr/bin/env bash
# Compares the pinned packages with the known vulnerabilities (pip-audit); nothing of them is installed or run.
#
#   ./run.sh --local bash scripts/supply/audit.sh                 # those of PyPI
#   ./run.sh --local bash scripts/supply/audit.sh --service osv   # those of osv.dev
#
# Exit status 0: none is known; 1: some are, listed; 75: the service could not be asked about every package.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/answer.sh "$@"
source scripts/supply/tool.sh
if [[ ${1:-} == --service ]]; then
    [[ ${2:-} == pypi || ${2:-} == osv ]] || fail "--service: expected pypi or osv"
    expect_no_arguments "${@:3}"
else
    expect_no_arguments "$@"
fi

audit=$(tool pip-audit pip-audit)
sed 's/===/==/' requirements.hashes.txt >"$FOLDER/audited.txt" # pip-audit does not know "==="
rm -f "$FOLDER/audit.json"
"$audit" --disable-pip --require-hashes --requirement "$FOLDER/audited.txt" --progress-spinner off \
    --vulnerability-service "${2:-pypi}" --format json --output "$FOLDER/audit.json" 2>"$FOLDER/audit.log" || true
if [[ ! -s $FOLDER/audit.json ]]; then
    say "nothing was audited: $(tail -n 1 "$FOLDER/audit.log")"
    exit 75
fi
exec python scripts/supply/audited.py "$FOLDER/audit.json"
