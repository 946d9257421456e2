#!/usr/bin/env bash
# Runs a command in Mojika's environment, from the repository root: in a Docker container, or with --local in .venv.
set -euo pipefail

ROOT=$(cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")" && pwd -P)
IMAGE=${MOJIKA_IMAGE:-mojika}
VENV=$ROOT/.venv
MARKER=$VENV/.mojika # what .venv was made of: its place, Python, PyTorch index, digest of the requirements
VENV_GIB=9          # .venv (5.7) and what is downloaded while it is made (2.8)

usage() {
  cat <<'END'
usage: ./run.sh [CMD...]           run CMD, or open a shell, in a container (the image is built when missing or outdated)
       ./run.sh --local [CMD...]   the same in .venv (made when missing or outdated; needs Python 3.11 or newer)

CMD starts in the repository root; its exit status is passed on. Environment variables:
  TORCH_INDEX        wheel index of another PyTorch build, for GPUs and drivers that CUDA 13 does not support,
                     such as PyTorch's own for CUDA 12.6; remembered until it is set to something else
  MOJIKA_REAL_DATA   folder with real data (default: ../shared/data beside the repository, if it is there)
  MOJIKA_IMAGE       name of the Docker image (default: mojika)
  AWS_…, GOOGLE_APPLICATION_CREDENTIALS   credentials for object stores, passed on to the container
END
}

say() { printf 'run.sh: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 2
}

main() {
  cd "$ROOT"
  case ${1:-} in
    -h | --help) usage ;;
    --local) run_locally "${@:2}" ;;
    -*) fail "unknown option $1; ./run.sh --help shows what there is" ;;
    *) run_in_container "$@" ;;
  esac
}

digest_of() { sha256sum -- "$@" | sha256sum | cut -c 1-16; }

# ---- in a container ----

run_in_container() {
  require_engine
  build_image_if_outdated
  mkdir -p input/cache/home models # by the caller: what the engine creates belongs to root
  local options=(
    --rm --init --interactive --ipc=host --stop-timeout 120
    --user "$(container_user)"
    --mount "type=bind,source=$ROOT,target=/mojika"
    --mount "type=bind,source=$(realpath input),target=/mojika/input"
    --mount "type=bind,source=$(realpath models),target=/mojika/models"
    --env CI --env CUDA_VISIBLE_DEVICES --env MOJIKA_SETTINGS --env OMP_NUM_THREADS
    --env "OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}"
  )
  local real_data=${MOJIKA_REAL_DATA:-../shared/data}
  if [[ -d $real_data ]]; then
    options+=(--mount "type=bind,source=$(realpath "$real_data"),target=/real_data,readonly")
    options+=(--env MOJIKA_REAL_DATA=/real_data)
  fi
  local name
  for name in "${!AWS_@}"; do options+=(--env "$name"); done
  for name in AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE GOOGLE_APPLICATION_CREDENTIALS; do
    if [[ -f ${!name:-} ]]; then
      options+=(--mount "type=bind,source=$(realpath "${!name}"),target=/credentials/$name,readonly")
      options+=(--env "$name=/credentials/$name") # instead of the host's path
    fi
  done
  if [[ -t 0 && -t 1 ]]; then options+=(--tty); fi
  if [[ $(nvidia-smi -L 2>/dev/null) == GPU* ]]; then options+=(--gpus all); fi
  exec docker run "${options[@]}" "$IMAGE" "$@"
}

require_engine() {
  local reason="docker is not installed"
  if command -v docker >/dev/null && reason=$(docker version --format '{{.Server.Version}}' 2>&1); then return; fi
  reason=$(tail -n 1 <<<"$reason")
  fail "no Docker engine answers (${reason:0:120}); without one, use ./run.sh --local [CMD...]"
}

# In a rootless engine the container's root is the caller, and the caller's own number would be a stranger.
container_user() {
  if [[ $(docker info --format '{{.SecurityOptions}}' 2>/dev/null) == *rootless* ]]; then
    echo 0:0
  else
    echo "$(id -u):$(id -g)"
  fi
}

build_image_if_outdated() {
  local digest torch_index found found_index
  read -r found found_index < <(image_labels) || true
  digest=$(digest_of Dockerfile .dockerignore packages.txt requirements.txt pyproject.toml)
  torch_index=${TORCH_INDEX-$found_index}
  if [[ "$digest $torch_index" == "$found $found_index" ]]; then return; fi
  say "building the image '$IMAGE'${found:+ again (its requirements changed)}: about 3 GB to download, some minutes"
  docker build --tag "$IMAGE" --label "mojika.digest=$digest" --label "mojika.torch-index=$torch_index" \
    --build-arg "TORCH_INDEX=$torch_index" . >&2 || fail "the image could not be built; the reason stands above"
  if [[ -n $found ]]; then say "the replaced image still takes space until you run: docker image prune"; fi
}

image_labels() {
  local format='{{index .Config.Labels "mojika.digest"}} {{index .Config.Labels "mojika.torch-index"}}'
  docker image inspect --format "$format" "$IMAGE" 2>/dev/null
}

# ---- in .venv ----

run_locally() {
  TORCH_INDEX=${TORCH_INDEX-$(sed -n 3p "$MARKER" 2>/dev/null || true)}
  if ! venv_is_complete; then
    exec 9>.venv.lock
    flock --nonblock 9 || { say "another run.sh is setting up .venv; waiting for it" && flock 9; }
    venv_is_complete || set_up_venv
    exec 9>&-
  fi
  install_missing_packages
  unset PYTHONHOME
  export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # threads that wait by spinning starve other programs
  export VIRTUAL_ENV=$VENV PATH=$VENV/bin:$PATH
  if (($#)); then exec "$@"; fi
  exec bash --rcfile "$VENV/bin/activate"
}

venv_is_complete() { [[ -x $VENV/bin/python && -f $MARKER && $(<"$MARKER") == "$(completeness)" ]]; }

completeness() {
  printf '%s\n' "$VENV" "$("$VENV/bin/python" -V)" "$TORCH_INDEX" "$(digest_of requirements.txt pyproject.toml)"
}

set_up_venv() {
  say "setting up $VENV (the first time: about 3 GB to download, some minutes)"
  if venv_is_moved || ! "$VENV/bin/python" -I -c 'import pip' 2>/dev/null; then create_venv; fi
  printf '%s\n' "$VENV" unfinished "$TORCH_INDEX" >"$MARKER"
  require_disk_space
  forget_half_installed
  install_requirements
  completeness >"$MARKER"
  command -v dpkg-query >/dev/null || say "warning: not a Debian system; install yourself what packages.txt names"
  say ".venv is ready"
}

# Scripts in a virtual environment name its place: after a move they would run what stands at the old one.
venv_is_moved() { [[ -f $MARKER && $(head -n 1 "$MARKER") != "$VENV" ]]; }

create_venv() {
  local python
  python=$(find_python)
  "$python" -I -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python lacks the venv module; install it, e.g.: sudo apt-get install python3-venv"
  "$python" -m venv --clear --prompt mojika "$VENV"
}

require_disk_space() {
  local free used
  free=$(df -Pk "$VENV" | awk 'NR == 2 { print $4 }')
  used=$(du -sk "$VENV/" | cut -f 1)
  (((free + used) >> 20 >= VENV_GIB)) ||
    fail "$VENV needs $VENV_GIB GB of disk space, free are $((free >> 20)) GB; free some, or link .venv to a larger disk"
}

find_python() {
  local python
  for python in python3.11 python3; do
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

install_requirements() {
  local sources=(--requirement requirements.txt)
  if [[ -n $TORCH_INDEX ]]; then # its builds are called 2.13.0+cu126, which "===2.13.0" does not match
    sed -E 's/^(torch|torchvision)===/\1==/' requirements.txt >"$VENV/requirements.txt"
    sources=(--extra-index-url "$TORCH_INDEX" --requirement "$VENV/requirements.txt")
  fi
  : >"$VENV/pip.log"
  pip_install "${sources[@]}"
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

# ---- Debian packages ----

install_missing_packages() {
  local missing as_root=()
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} == 0)); then return; fi
  if [[ $(id -u) != 0 ]]; then as_root=(sudo -n); fi
  if ! "${as_root[@]}" true 2>/dev/null; then
    say "warning: fonts or libraries are missing; install them: sudo apt-get install ${missing[*]}"
    return
  fi
  say "installing Debian packages: ${missing[*]}"
  local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300
    install --yes --no-install-recommends "${missing[@]}") reason
  "${install[@]}" >/dev/null 2>&1 ||
    { "${as_root[@]}" apt-get update >/dev/null 2>&1 && reason=$("${install[@]}" 2>&1); } ||
    say "warning: Debian packages could not be installed: $(tail -n 1 <<<"${reason:-apt-get update failed}")"
}

missing_packages() {
  local packages installed package
  mapfile -t packages < <(grep -v '^#' packages.txt)
  if ! command -v dpkg-query >/dev/null; then return; fi # not Debian: only its own package manager knows
  installed=" $(dpkg-query --show --showformat='${db:Status-Status}:${Package} ' "${packages[@]}" 2>/dev/null || true)"
  for package in "${packages[@]}"; do
    if [[ $installed != *" installed:$package "* ]]; then echo "$package"; fi
  done
}

main "$@"
