#!/usr/bin/env bash
# Runs every check: lint, then the tests of a tier in parallel. See usage below and docs/testing.md.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
usage: tests/run.sh [--quick | --all | --faults] [--coverage] [PYTEST_ARGUMENT...]     e.g. tests/run.sh --quick -k resume -x

  --quick      lint and the tests of a second or less (two minutes on two cores)
               without it, also those that run whole programs (twelve minutes on two cores)
  --all        every case: all combinations of training recipes, all moments at which a run is killed
  --faults     no lint, one campaign: real processes killed some fifty times at drawn moments and run to the end, writes
               refused by the system, full disks (an hour; MOJIKA_FAULTS_SEED draws other moments)
  --coverage   also say which share of each room's lines the tests have run
END
}

tier=whole coverage=() faults=()
while (($#)); do
  case $1 in
    --quick) tier=quick ;;
    --all) tier=all ;;
    --faults) tier=faults ;;
    --coverage) coverage=(--cov --cov-report=) ;;
    -h | --help) usage && exit ;;
    *) break ;;
  esac
  shift
done

python -c 'import mojika, pytest, pytest_timeout' 2>/dev/null || {
  echo "tests/run.sh: needs Mojika's environment; run: ./run.sh --local bash tests/run.sh" >&2
  exit 2
}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} # one process per core is faster than many threads in each

if [[ $tier == faults ]]; then exec python -m pytest --tier faults -rP "$@" tests/campaign; fi

# All at once, since each is one process; what they print comes in order.
logs=$(mktemp -d) checks=() pids=()
trap 'jobs -p | xargs -r kill; rm -rf "$logs"' EXIT
check() {
  "$@" &>"$logs/${#checks[@]}" &
  pids+=($!) checks+=("$*")
}
check ruff check .
check ruff format --check .
check codespell
check python -m pytest -q --tier "$tier" --numprocesses 2 tests/lint # but in the quick tier mypy, too
for number in "${!checks[@]}"; do
  wait "${pids[number]}" || faults+=("${checks[number]}")
  printf '\n== lint: %s\n' "${checks[number]}"
  cat "$logs/$number"
done

printf '\n== tests: %s\n' "$tier"
python -m pytest --tier "$tier" --ignore=tests/lint --numprocesses auto --maxprocesses 8 --dist loadfile \
  --no-loadscope-reorder "${coverage[@]}" "$@" || faults+=("the $tier tests")
if ((${#coverage[@]})); then python tests/coverage_by_room.py; fi

for fault in "${faults[@]}"; do
  echo "tests/run.sh: failed: $fault" >&2
done
((${#faults[@]} == 0))
