#!/usr/bin/env bash
# Runs every check: ruff, then all tests in parallel. Arguments go to pytest, e.g. tests/run.sh -k resume -x.
set -euo pipefail
cd "$(dirname "$0")/.."

python -c 'import mojika, pytest' 2>/dev/null || {
  echo "tests/run.sh: needs Mojika's environment; run: ./run.sh --local bash tests/run.sh" >&2
  exit 2
}
ruff check . || fault="ruff found faults; they stand above the tests"
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} # one process per core is faster than many threads in each
python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder "$@"
if [[ -n ${fault:-} ]]; then
  echo "tests/run.sh: $fault" >&2
  exit 1
fi
