#!/usr/bin/env bash
# For cron: runs the given scripts in order, each to its end. A call while an earlier one is at work ends at once, so it
# may come every ten minutes: after a crash, a reboot or a preemption the next call resumes.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/answer.sh "$@"
log=${MOJIKA_LOG:-models/keep_running.log}
log_bytes=$((${MOJIKA_LOG_MIB:-20} << 20)) # size from which a call starts a new log; three old ones are kept

main() {
    (($#)) || fail "usage: scripts/keep_running.sh SCRIPT... (scripts/reproduce.sh runs all stages)"
    local script
    for script in "$@"; do
        [[ -f $script ]] || fail "$script: no such script"
    done
    mkdir -p models "$(dirname "$log")"
    exec 9>models/keep_running.lock # inherited, so that it is held as long as anything that was started lives
    flock --nonblock 9 || exit 0
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

say() { printf '%(%F %T)T keep_running.sh: %s\n' -1 "$*"; }

rotate_log() {
    local number
    if (($(stat -c %s "$log" 2>/dev/null || echo 0) < log_bytes)); then return; fi
    for number in 2 1; do
        if [[ -e $log.$number ]]; then mv "$log.$number" "$log.$((number + 1))"; fi
    done
    mv "$log" "$log.1"
}

# A script and all that it starts are one process group, so that a stop signal reaches the program at work, which then
# has the time to save.
run() {
    local status=0 stopped="" group
    say "$1"
    set -m
    bash "$1" </dev/null 3>&- &
    group=$!
    set +m
    trap 'stopped=yes; kill -TERM -- "-$group" 2>/dev/null' TERM INT HUP
    wait "$group" || status=$?
    while kill -0 -- "-$group" 2>/dev/null; do sleep 0.2; done
    trap - TERM INT HUP
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
