#!/usr/bin/env bash
# For cron: runs the given scripts in order, each to its end. A call while an earlier one is at work ends at once, so it
# may come every ten minutes: after a crash, a reboot or a preemption the next call resumes.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/answer.sh "$@"
log=${MOJIKA_LOG:-models/keep_running.log}
log_bytes=$((${MOJIKA_LOG_MIB:-20} << 20)) # size from which a new log begins; three old ones are kept
log_seconds=60                             # between two looks at its size

main() {
    (($#)) || fail "usage: scripts/keep_running.sh SCRIPT... (scripts/reproduce.sh runs all stages)"
    local script
    for script in "$@"; do
        [[ -f $script ]] || fail "$script: no such script"
    done
    mkdir -p models "$(dirname "$log")"
    hold
    rotate_log
    exec 3>&2 >>"$log" 2>&1
    for script in "$@"; do
        run "$script"
    done
    say "all done; the line in the crontab can go"
}

fail() {
    echo "keep_running.sh: $*" >&2
    exit 2
}

# A disk that is full has no room for this, but may have for the work.
say() { printf '%(%F %T)T keep_running.sh: %s\n' -1 "$*" || true; }

# The lock is inherited, so it is held as long as anything that was started lives. Where the disk has no locks (NFS with
# nolock), a file of this machine's stands for it.
hold() {
    local file held=3 status
    for file in models/keep_running.lock "${TMPDIR:-/tmp}/mojika-$UID-$(pwd -P | sha256sum | cut -c 1-16).lock"; do
        status=0
        exec 9>>"$file"
        flock --nonblock --conflict-exit-code "$held" 9 2>/dev/null || status=$?
        if ((status == 0)); then return; fi
        if ((status == held)); then exit 0; fi
    done
    fail "neither models nor ${TMPDIR:-/tmp} is on a disk with locks; set TMPDIR to a folder of this machine's"
}

# Copied and then emptied, as what is at work goes on writing to it.
rotate_log() {
    local number
    if (($(stat -c %s "$log" 2>/dev/null || echo 0) < log_bytes)); then return; fi
    if ! cp "$log" "$log.new"; then
        rm -f "$log.new"
        return
    fi
    for number in 2 1; do
        if [[ -e $log.$number ]]; then mv "$log.$number" "$log.$((number + 1))"; fi
    done
    mv "$log.new" "$log.1"
    : >"$log"
}

# While anything of a process group lives, also where this script has been killed.
keep_log_small() {
    while kill -0 -- "-$1" 2>/dev/null; do
        sleep "$log_seconds"
        rotate_log
    done
}

# A script and all that it starts are one process group, so that a stop signal reaches the program at work, which then
# has the time to save.
run() {
    local status=0 stopped="" group watch
    say "$1"
    set -m
    bash "$1" </dev/null 3>&- &
    group=$!
    set +m
    keep_log_small "$group" </dev/null &>/dev/null 3>&- 9>&- &
    watch=$!
    trap 'stopped=yes; kill -TERM -- "-$group" 2>/dev/null' TERM INT HUP
    wait "$group" || status=$?
    while kill -0 -- "-$group" 2>/dev/null; do sleep 0.2; done
    trap - TERM INT HUP
    kill "$watch" 2>/dev/null || true
    if [[ $stopped || $status == 75 ]]; then
        say "$1: interrupted (status $status); the next call resumes"
        exit 0
    elif ((status)); then
        say "$1: failed with status $status"
        echo "keep_running.sh: $1 failed with status $status; see $log" >&3 # cron sends it by mail
        exit "$status"
    fi
}

main "$@"
