#!/usr/bin/env bash
# The environment in .venv: made, repaired, brought up to date. Sourced by run.sh, in the repository's root.
# shellcheck disable=SC2154 # ROOT, HERE, cpu, dev, command: run.sh
set -euo pipefail

VENV=$ROOT/.venv
# What .venv was made of, a line each: its place, Python, PyTorch index, digests of the runtime's requirements and, where
# they are installed, of those of tests and lint.
MARKER=$VENV/.mojika

run_locally() {
  find_scripts "$ROOT" "$@"
  if [[ ${MOJIKA_HASHES-} ]]; then
    [[ -z ${TORCH_INDEX-} ]] || fail "MOJIKA_HASHES: the hashes are those of the package index; leave TORCH_INDEX out"
    TORCH_INDEX=
  fi
  if [[ ! -v TORCH_INDEX && -f $MARKER ]]; then TORCH_INDEX=$(marked 3); fi
  if ! venv_is_complete; then
    exec 9>.venv.lock
    flock --nonblock 9 || { say "another run.sh is setting up .venv; waiting for it" && flock 9; }
    if [[ ! -v TORCH_INDEX && -f $MARKER ]]; then TORCH_INDEX=$(marked 3); fi
    venv_is_complete || set_up_venv
    exec 9>&-
  fi
  warn_of_unused_gpu
  install_missing_packages
  unset PYTHONHOME
  export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # threads that wait by spinning starve other programs
  export VIRTUAL_ENV=$VENV PATH=$VENV/bin:$PATH
  if [[ $cpu ]]; then export CUDA_VISIBLE_DEVICES=; fi
  if [[ $HERE != "$ROOT" ]]; then export MOJIKA_CACHE=${MOJIKA_CACHE:-$ROOT/input/cache}; fi
  cd "$HERE"
  if ((${#command[@]})); then exec "${command[@]}"; fi
  exec bash --rcfile "$VENV/bin/activate"
}

marked() { sed -n "$1p" "$MARKER" 2>/dev/null || true; }

venv_is_complete() {
  [[ -x $VENV/bin/python && -f $MARKER && $(head -n 4 "$MARKER") == "$(made_of)" ]] &&
    [[ -z $dev || $(marked 5) == "$(digest_of requirements-dev.txt)" ]]
}

made_of() {
  printf '%s\n' "$VENV" "$("$VENV/bin/python" -V)" "${TORCH_INDEX-}" "$(digest_of requirements.txt pyproject.toml ${MOJIKA_HASHES:+requirements.hashes.txt})"
}

warn_of_unused_gpu() {
  if [[ -z $cpu && ${TORCH_INDEX-} == "$CPU_INDEX" ]] && has_gpu; then
    say "a GPU is here, but .venv has PyTorch for CPUs only; once: TORCH_INDEX= ./run.sh --local (--cpu: not said)"
  fi
}

set_up_venv() {
  say "setting up $VENV (the first time: up to 3 GB to download, some minutes)"
  if [[ $(marked 5) ]]; then dev=dev; fi
  if venv_is_moved || ! "$VENV/bin/python" -I -c 'import pip' 2>/dev/null; then
    create_venv
    if [[ ! -v TORCH_INDEX ]]; then TORCH_INDEX=$(choose_torch_index "$VENV/bin/python"); fi
  fi
  TORCH_INDEX=${TORCH_INDEX-}
  printf '%s\n' "$VENV" unfinished "$TORCH_INDEX" unfinished "$dev" >"$MARKER"
  require_disk_space
  forget_half_installed
  install_requirements
  { made_of && { [[ -z $dev ]] || digest_of requirements-dev.txt; }; } >"$MARKER"
  command -v dpkg-query >/dev/null || say "warning: not a Debian system; install yourself what packages.txt names"
  say ".venv is ready"
}

# Scripts in a virtual environment name its place: after a move they would run what stands at the old one.
venv_is_moved() { [[ -f $MARKER && $(marked 1) != "$VENV" ]]; }

venv_is_of_another_checkout() { [[ -L $VENV && $(marked 1) == "$(realpath "$VENV")" ]]; }

create_venv() {
  local python
  ! venv_is_of_another_checkout ||
    fail "$VENV is a link to the environment of another checkout, $(marked 1); remove the link, or link to an empty folder"
  python=$(find_python)
  "$python" -I -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python lacks the venv module; install it, e.g.: sudo apt-get install python3-venv"
  "$python" -m venv --clear --prompt mojika "$(realpath -m "$VENV")" # which refuses links
}

# While it is made, .venv also holds what is downloaded: 5.3 + 2.8 GB with CUDA, 1.8 + 0.5 without.
require_disk_space() {
  local free used needed=9
  if [[ $TORCH_INDEX == "$CPU_INDEX" ]]; then needed=3; fi
  free=$(df -Pk "$VENV" | awk 'NR == 2 { print $4 }')
  used=$(du -sk "$VENV/" | cut -f 1)
  (((free + used) >> 20 >= needed)) ||
    fail "$VENV needs $needed GB of disk space, free are $((free >> 20)) GB; free some, or link .venv to a larger disk"
}

find_python() {
  local python
  for python in python3.11 python3.12 python3.13 python3; do
    if "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  fail "expected Python 3.11 or newer, found $(python3 -V 2>/dev/null || echo none); install python3.11 and python3.11-venv"
}

# pip writes INSTALLER when the rest of a package is in place; one without it would pass for installed.
forget_half_installed() {
  local info
  for info in "$VENV"/lib/python*/site-packages/*.dist-info; do
    if [[ ! -e $info/INSTALLER ]]; then rm -rf "$info"; fi
  done
}

# Builds of other indexes are called 2.13.0+cpu or 2.13.0+cu126, which "===2.13.0" does not match. There is one CPU build
# of each version, so that it is pinned as exactly; which CUDA an index is for is its own affair.
install_requirements() {
  local files=(requirements.txt ${dev:+requirements-dev.txt}) sources=()
  if [[ $TORCH_INDEX ]]; then
    local pin='s/^(torch|torchvision)===/\1==/'
    if [[ $TORCH_INDEX == */cpu ]]; then pin='s/^((torch|torchvision)===.*)/\1+cpu/'; fi
    sed -E "$pin" requirements.txt >"$VENV/requirements.txt"
    files[0]=$VENV/requirements.txt
    sources=(--extra-index-url "$TORCH_INDEX")
  fi
  : >"$VENV/pip.log"
  if [[ ${MOJIKA_HASHES-} ]]; then # again, since what is installed already is not compared
    pip_install --force-reinstall --require-hashes --requirement=requirements.hashes.txt
  fi
  pip_install "${sources[@]}" "${files[@]/#/--requirement=}"
  pip_install --no-deps --no-build-isolation --editable .
}

pip_install() {
  local log=$VENV/pip.log
  rm -rf "$VENV/tmp" && mkdir "$VENV/tmp" # /tmp may be too small for what pip downloads
  if ! TMPDIR=$VENV/tmp "$VENV/bin/python" -I -m pip install --disable-pip-version-check --no-input \
    --progress-bar off "$@" 2>&1 | tee -a "$log" | show_progress; then
    tail -n 12 "$log" >&2
    fail "pip could not install the requirements (all it said: $log); run the same command again to go on"
  fi
  rm -rf "$VENV/tmp"
}

# Of pip's many lines: one that is overwritten on a terminal, and only large downloads elsewhere.
show_progress() {
  local line
  while IFS= read -r line; do
    if [[ -t 2 ]]; then
      printf '\r\033[K%s' "${line:0:$((${COLUMNS:-80} - 1))}" >&2
    elif [[ $line =~ Downloading\ .*\ \([0-9]{3,}\.[0-9]\ MB\)|^Installing\ collected ]]; then
      say "${line:0:100}"
    fi
  done
  if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
}
