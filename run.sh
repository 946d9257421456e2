#!/usr/bin/env bash
# Runs a command in Mojika's environment, in the folder where one stands: in a container, or with --local in .venv.
set -euo pipefail

ROOT=$(cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")" && pwd -P)
HERE=$(pwd -P)
CPU_INDEX=https://download.pytorch.org/whl/cpu # PyTorch's builds without CUDA

usage() {
  cat <<'END'
usage: ./run.sh [OPTIONS] [CMD...]           run CMD, or open a shell, in a container (built when missing or outdated)
       ./run.sh --local [OPTIONS] [CMD...]   the same in .venv (made when missing or outdated; Python 3.11 or newer)

CMD starts in the folder where you stand, and paths are relative to it. The container sees that folder and the folders
that CMD names. Scripts of the checkout are found from anywhere: /path/run.sh --local bash scripts/demo.sh. CMD's exit
status is passed on.

  --cpu               use no GPU; an environment that has to be made gets PyTorch for CPUs only
  --dev               also install what tests and lint need (as for: bash tests/run.sh, pytest, pre-commit, …)
  --gpus WHICH        container: GPUs to show, as for `docker run`: all, 2, device=1 (default: all that nvidia-smi lists)
  --port PORT         container: reach a server inside at localhost:PORT, such as tensorboard --bind_all --port PORT
  --docker-args ARGS  container: further arguments of `docker run`, as one word: --docker-args '--cpus 8 --name mojika'
  --version, -h, --help

Environment variables:
  TORCH_INDEX        wheel index of another PyTorch build: PyTorch's own for CUDA 12.6, where GPU or driver do not support
                     CUDA 13, or the one for CPUs, which a machine without GPU gets by itself where it can be reached.
                     Remembered until it is set to something else; empty for the build of the package index
  MOJIKA_HASHES      1: --local installs only files with a SHA-256 that requirements.hashes.txt lists
  MOJIKA_REAL_DATA   folder with real data (default: ../shared/data beside the repository, if it is there)
  MOJIKA_IMAGE       name of the image (default: mojika)
  MOJIKA_…, AWS_…, HF_…, KAGGLE_…, WANDB_…, GOOGLE_APPLICATION_CREDENTIALS and proxies are passed on to the container
END
}

say() { printf 'run.sh: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 2
}

main() {
  local place=container
  cpu="" dev="" gpus="" engine_arguments=()
  while (($#)); do
    case $1 in
      -h | --help) usage && return ;;
      --version) show_version && return ;;
      --local) place=venv ;;
      --cpu) cpu=yes ;;
      --dev) dev=dev ;;
      --gpus | --port | --docker-args)
        (($# > 1)) || fail "$1: expected a value; ./run.sh --help shows an example"
        take_container_option "$1" "$2"
        shift
        ;;
      --gpus=* | --port=* | --docker-args=*) take_container_option "${1%%=*}" "${1#*=}" ;;
      --) shift && break ;;
      -*) fail "unknown option $1; ./run.sh --help shows what there is" ;;
      *) break ;;
    esac
    shift
  done
  if needs_development_tools "${@:1:3}"; then dev=dev; fi
  settle_settings
  cd "$ROOT"
  if [[ $place == venv ]]; then
    [[ -z $gpus && ${#engine_arguments[@]} == 0 ]] || fail "--gpus, --port and --docker-args are for the container only"
    # shellcheck source=scripts/environment/packages.sh
    source scripts/environment/packages.sh
    # shellcheck source=scripts/environment/venv.sh
    source scripts/environment/venv.sh
    run_locally "$@"
  else
    # shellcheck source=scripts/environment/mounts.sh
    source scripts/environment/mounts.sh
    # shellcheck source=scripts/environment/container.sh
    source scripts/environment/container.sh
    run_in_container "$@"
  fi
}

show_version() { sed -n 's/^__version__ = "\(.*\)"/mojika \1/p' "$ROOT/lib/mojika/__init__.py"; }

take_container_option() {
  local words
  case $1 in
    --gpus) gpus=$2 ;;
    --port)
      [[ $2 =~ ^[0-9]+(:[0-9]+)?$ ]] || fail "--port: expected a number, or HOST_PORT:CONTAINER_PORT, found '$2'"
      engine_arguments+=(--publish "127.0.0.1:${2%:*}:${2#*:}")
      ;;
    --docker-args)
      mapfile -t words < <(xargs printf '%s\n' <<<"$2")
      engine_arguments+=("${words[@]}")
      ;;
  esac
}

needs_development_tools() {
  local word
  for word in "$@"; do
    case $word in
      */tests/run.sh | tests/run.sh | pytest | ruff | mypy | codespell | coverage | pre-commit | shellcheck | hadolint) return ;;
    esac
  done
  return 1
}

# Scripts run in the repository's root, so a folder that a variable names relative to another place is made absolute.
settle_settings() {
  local name
  if [[ $HERE == "$ROOT" ]]; then return; fi
  for name in REAL_DATA KUZUSHIJI BENGALI OUTPUT DEMO BENGALI_DEMO CACHE LOG SETTINGS; do
    name=MOJIKA_$name
    if [[ -z ${!name:-} || ${!name} == /* ]]; then continue; fi
    if [[ $name != MOJIKA_SETTINGS || -e $HERE/${!name} ]]; then export "$name=$HERE/${!name}"; fi
  done
}

# Sets `command` to the arguments, where scripts named as from the root are found in $1 if they are not where one stands.
find_scripts() {
  local root=$1 word
  command=()
  for word in "${@:2}"; do
    case $word in
      train.py | tests/run.sh | scripts/* | train_scripts/* | benchmarks/*)
        if [[ ! -e $HERE/$word && -e $ROOT/$word ]]; then word=$root/$word; fi
        ;;
    esac
    command+=("$word")
  done
}

digest_of() { sha256sum -- "$@" | sha256sum | cut -c 1-16; }

has_gpu() { [[ $(nvidia-smi -L 2>/dev/null) == GPU* ]]; }

# For an environment that has to be made: the index of PyTorch's CPU builds where these are to be used and can be had,
# nothing (the build of the package index) otherwise. Argument: a Python to ask with.
choose_torch_index() {
  local version
  if [[ -z $cpu ]] && has_gpu; then return; fi
  version=$(sed -n 's/^torch===//p' requirements.txt)
  if offered_wheels "$1" | grep --quiet --fixed-strings "torch-$version%2Bcpu"; then
    say "no GPU is used: PyTorch for CPUs only (TORCH_INDEX= ./run.sh … installs the one for GPUs)"
    echo "$CPU_INDEX"
  elif [[ $cpu ]]; then
    say "$CPU_INDEX does not answer with torch $version: PyTorch of the package index is used, which is larger"
  fi
}

offered_wheels() {
  "$1" -I -c 'import sys, urllib.request as web; sys.stdout.write(web.urlopen(sys.argv[1], timeout=5).read().decode())' \
    "$CPU_INDEX/torch/" 2>/dev/null || true
}

main "$@"
