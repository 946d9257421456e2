#!/usr/bin/env bash
# The container: its image, and with what it is started. Sourced by run.sh, in the repository's root.
# shellcheck disable=SC2154 # ROOT, HERE, cpu, dev, gpus, engine_arguments, command: run.sh; workdir, …: mounts.sh
set -euo pipefail

IMAGE=${MOJIKA_IMAGE:-mojika}
PROXIES=(HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy)

run_in_container() {
  find_engine
  build_image_if_outdated
  mkdir -p input/cache/home models # by the caller: what the engine creates belongs to root
  mount_checkout
  mount_place
  mount_named "$@"
  find_scripts /mojika "$@"
  local options=(--rm --init --interactive --ipc=host --stop-timeout 120 --workdir "$workdir")
  add_user
  add_variables
  add_gpus
  if [[ $(getenforce 2>/dev/null) == Enforcing ]]; then
    options+=(--security-opt label=disable) # relabelling the mounted folders (:z) would change them for the whole host
  fi
  if [[ -t 0 && -t 1 ]]; then options+=(--tty); fi
  exec "$engine" run "${options[@]}" "${mount_options[@]}" "${engine_arguments[@]}" "$IMAGE" "${command[@]}"
}

# Sets `engine` to docker, or podman where that is what there is, and `podman` where docker is another name of it.
find_engine() {
  local reason="docker is not installed, nor is podman" asking=(version --format '{{.Server.Version}}')
  engine=docker podman=""
  if ! command -v docker >/dev/null && command -v podman >/dev/null; then engine=podman; fi
  if command -v "$engine" >/dev/null; then
    if [[ $("$engine" --version 2>/dev/null) == podman* ]]; then podman=yes asking=(info --format '{{.Version.Version}}'); fi
    if reason=$("$engine" "${asking[@]}" 2>&1); then return; fi
  fi
  reason=$(tail -n 1 <<<"$reason")
  fail "no Docker engine answers (${reason:0:120}); without one, use ./run.sh --local [CMD...]"
}

# In a rootless Docker the container's root is the caller, and the caller's own number would be a stranger; a rootless
# podman keeps the number.
add_user() {
  if [[ $podman ]]; then
    if [[ $(id -u) != 0 ]]; then options+=(--userns=keep-id); fi
  elif [[ $(docker info --format '{{.SecurityOptions}}' 2>/dev/null) == *rootless* ]]; then
    options+=(--user 0:0)
    return
  fi
  options+=(--user "$(id -u):$(id -g)")
}

# Names only, where the value stays as it is: `docker run` takes it from here, and no list of processes shows it.
add_variables() {
  local name real_data=${MOJIKA_REAL_DATA:-../shared/data}
  for name in CI CUDA_VISIBLE_DEVICES MOJIKA_SETTINGS OMP_NUM_THREADS "${PROXIES[@]}" \
    "${!MOJIKA_@}" "${!AWS_@}" "${!HF_@}" "${!KAGGLE_@}" "${!WANDB_@}"; do
    case $name in
      MOJIKA_REAL_DATA | MOJIKA_IMAGE | AWS_CONFIG_FILE | AWS_SHARED_CREDENTIALS_FILE) continue ;;
    esac
    options+=(--env "$name")
    if [[ ${!name:-} == /* ]]; then mount_path "${!name}"; fi
  done
  options+=(--env "OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}")
  if [[ $workdir != /mojika && -z ${MOJIKA_CACHE:-} ]]; then options+=(--env MOJIKA_CACHE=/mojika/input/cache); fi
  if [[ -d $real_data ]]; then
    mount "$(realpath "$real_data")" /real_data readonly
    options+=(--env MOJIKA_REAL_DATA=/real_data)
  fi
  for name in AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE GOOGLE_APPLICATION_CREDENTIALS; do
    if [[ -f ${!name:-} ]]; then
      mount "$(realpath "${!name}")" "/credentials/$name" readonly
      options+=(--env "$name=/credentials/$name") # instead of the host's path
    fi
  done
}

add_gpus() {
  if [[ $cpu ]]; then
    options+=(--env CUDA_VISIBLE_DEVICES=)
  elif [[ $gpus ]]; then
    options+=(--gpus "$gpus")
  elif has_gpu; then
    if ! has_container_toolkit; then
      say "a GPU is here, but not the NVIDIA Container Toolkit that shows it to containers: the CPU is used (--cpu: not said)"
    elif [[ $podman ]]; then
      options+=(--device nvidia.com/gpu=all)
    else
      options+=(--gpus all)
    fi
  fi
}

has_container_toolkit() {
  local program
  for program in nvidia-ctk nvidia-container-runtime nvidia-container-cli; do
    if command -v "$program" >/dev/null; then return; fi
  done
  [[ $("$engine" info --format '{{json .}}' 2>/dev/null) == *nvidia* ]] # the engine of another machine, or a newer one
}

# The image is made of the same pins as .venv; its labels say of which, and for what.
build_image_if_outdated() {
  local digest index found found_index found_dev dev_digest="" name arguments=()
  IFS='|' read -r found found_index found_dev < <(image_labels) || true
  if [[ $found_dev ]]; then dev=dev; fi # installed once, they stay
  digest=$(digest_of Dockerfile .dockerignore packages.txt requirements.txt pyproject.toml)
  if [[ $dev ]]; then dev_digest=$(digest_of requirements-dev.txt); fi
  index=${TORCH_INDEX-$found_index}
  if [[ ! -v TORCH_INDEX && -z $found ]]; then index=$(choose_torch_index python3); fi
  if [[ "$digest|$index|$dev_digest" == "$found|$found_index|$found_dev" ]]; then return; fi
  say "building the image '$IMAGE'${found:+ again (its requirements changed)}: up to 3 GB to download, some minutes"
  for name in "${PROXIES[@]}"; do
    if [[ ${!name:-} ]]; then arguments+=(--build-arg "$name"); fi
  done
  "$engine" build --tag "$IMAGE" --label "mojika.digest=$digest" --label "mojika.torch-index=$index" \
    --label "mojika.dev=$dev_digest" --build-arg "TORCH_INDEX=$index" --build-arg "DEV=$dev" "${arguments[@]}" . >&2 ||
    fail "the image could not be built; the reason is above"
  if [[ $found ]]; then say "the replaced image still takes space until you run: $engine image prune"; fi
}

image_labels() {
  local format='{{index .Config.Labels "mojika.digest"}}|{{index .Config.Labels "mojika.torch-index"}}'
  "$engine" image inspect --format "$format|{{index .Config.Labels \"mojika.dev\"}}" "$IMAGE" 2>/dev/null
}
