#!/usr/bin/env bash
# Which folders of the host a container sees, and where. Sourced by run.sh, in the repository's root.
# shellcheck disable=SC2154 # ROOT, HERE: run.sh
set -euo pipefail

declare -A mounted=()    # folder in the container -> folder of the host
declare -A looked_into=() # folders of the host whose files were named already

mount_options=()
workdir=/mojika

# Arguments: folder of the host, place in the container, readonly or nothing.
mount() {
  local fields="source=$1,target=$2"
  if [[ $1$2 == *,* ]]; then fields="\"source=$1\",\"target=$2\""; fi # the option is a line of CSV
  mounted["$2"]=$1
  mount_options+=(--mount "type=bind,$fields${3:+,$3}")
}

mount_checkout() {
  mount "$ROOT" /mojika
  mount "$(realpath input)" /mojika/input
  mount "$(realpath models)" /mojika/models
}

# Sets `workdir` to the place where one stands. Below the checkout that is below /mojika, else it has its own name.
mount_place() {
  if [[ $HERE/ == "$ROOT"/* ]]; then
    workdir=/mojika${HERE#"$ROOT"}
    return
  fi
  workdir=$HERE
  if [[ $HERE == / ]]; then return; fi
  if belongs_to_the_container "$HERE"; then
    fail "$HERE: the container has a folder of its own there; start from another one, or use --local"
  fi
  mount_unless_seen "$HERE" "$HERE"
}

# The folders of all paths among a command's arguments, also of --flag=PATH, so that the command finds them under the
# names given. What is no path is taken for a file of that name where one stands, which changes nothing.
mount_named() {
  local word pieces
  for word in "$@"; do
    if [[ $word == -*=* ]]; then word=${word#*=}; fi
    case $word in
      "" | -*) ;;
      *?,?*) # one name, or several
        mount_path "$word"
        IFS=, read -ra pieces <<<"$word"
        if [[ ! -e $HERE/$word && ! -e $word ]]; then mount_named "${pieces[@]}"; fi
        ;;
      */*) mount_path "$word" ;;
      *) if [[ -L $HERE/$word || $word == .. ]]; then mount_path "$word"; fi ;;
    esac
  done
}

# A folder is mounted itself, and of a file, or of what is not there yet, the next folder above. One that a link leads to
# is mounted at its own place, too, since the link is followed inside the container.
mount_path() {
  local host=$1 folder inside source
  if [[ $1 != /* ]]; then host=$HERE/$1; fi
  if [[ -f $host && ! -L $host ]]; then
    if [[ ${looked_into["${host%/*}"]-} ]]; then return; fi
    looked_into["${host%/*}"]=yes
  fi
  if [[ -L $host && -e $host ]]; then mount_path "$(realpath -- "$host")"; fi
  folder=$host
  while [[ ! -d $folder ]]; do
    folder=${folder%/*}
    folder=${folder:-/}
  done
  inside=$folder
  if [[ $1 != /* ]]; then inside=$workdir${folder#"$HERE"}; fi
  inside=$(realpath --canonicalize-missing --no-symlinks -- "$inside")
  source=$(realpath -- "$folder")
  mount_unless_seen "$source" "$inside"
  if [[ $source != "$inside" && $inside != /mojika* ]]; then mount_unless_seen "$source" "$source"; fi
}

mount_unless_seen() {
  local place
  if belongs_to_the_container "$2"; then return; fi
  for place in "${!mounted[@]}"; do
    if [[ $2/ == "$place"/* && $1 == "${mounted[$place]}${2#"$place"}" ]]; then return; fi
  done
  if [[ -z ${mounted["$2"]-} ]]; then mount "$1" "$2"; fi
}

# Places where a folder of the host would hide the container's programs.
belongs_to_the_container() {
  case $1/ in
    / | // | /opt/ | /var/ | /run/ | /mojika/* | /opt/mojika/*) ;;
    /bin/* | /boot/* | /dev/* | /etc/* | /lib/* | /lib64/* | /proc/* | /sbin/* | /sys/* | /usr/*) ;;
    *) return 1 ;;
  esac
}
