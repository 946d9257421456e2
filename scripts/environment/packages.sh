#!/usr/bin/env bash
# Debian packages that packages.txt names, for the environment in .venv. Sourced by run.sh.
set -euo pipefail

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
