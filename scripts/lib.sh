#!/usr/bin/env bash
# What the numbered stages share: places, the pages of a split, training runs, the filter. Sourced from the root.
# shellcheck disable=SC2034 # variables that only those who source this file read
set -euo pipefail

data=${MOJIKA_KUZUSHIJI:-input/kuzushiji-recognition}
output=${MOJIKA_OUTPUT:-output}
snapshots=(060000 100000) # of the detector; both are used
val_books=(brsk 200014740 200003967 200006663 200003076) # books that the test pages resemble

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

fail() {
    say "$*"
    exit 2
}

# Sets `splits` to what --split names (both without it), and `options` to all other arguments.
read_options() {
    splits=(val test) options=()
    while (($#)); do
        case $1 in
            --split)
                [[ ${2:-} == val || ${2:-} == test ]] || fail "--split: expected val or test, found '${2:-}'"
                splits=("$2")
                shift 2
                ;;
            *)
                options+=("$1")
                shift
                ;;
        esac
    done
}

# The folder with the preprocessed pages of a split. Those of val are training pages: links to the pages of `val_books`.
pages_of() {
    local preprocessed=$data/preprocessed book page links=()
    if [[ $1 == val ]]; then
        for book in "${val_books[@]}"; do
            for page in "$preprocessed/train_images/$book"*.png; do
                if [[ -e $page ]]; then links+=("../train_images/${page##*/}"); fi
            done
        done
        ((${#links[@]})) || fail "$preprocessed/train_images: no page of ${val_books[*]}; run scripts/01_preprocess.sh"
        mkdir -p "$preprocessed/val_images"
        ln -sf "${links[@]}" "$preprocessed/val_images/"
    fi
    echo "$preprocessed/$1_images"
}

# Runs training scripts one after the other; further arguments, behind `--`, go to each of them. A run that another
# process holds is not waited for: status 75 says that this stage is to be run again later.
train_all() {
    local scripts=() script run
    while [[ $1 != -- ]]; do
        scripts+=("$1")
        shift
    done
    shift
    for script in "${scripts[@]}"; do
        [[ -f $script ]] || fail "$script: no such recipe"
        bash "$script" "$@"
        run=models/$(basename "$script" .sh)
        if [[ -e $run/lock ]] && ! flock --nonblock "$run/lock" true; then
            say "$run is still being trained by another process"
            exit 75
        fi
    done
}

# Fits the false-positive filter NAME to the val pages' boxes NAME_nms.parquet. Arguments: NAME, further flags.
train_filter() {
    local filter=models/$1_filter samples
    samples=("$output/val/$1_nms.parquet" --truth "$data/train.csv" --books "${val_books[@]}")
    mojika filter-search "${samples[@]}" --study "$filter/study.sqlite" --out "$filter/params.yaml" "${@:2}"
    mojika filter-train "${samples[@]}" --params "$filter/params.yaml" --out "$filter/boosters" "${@:2}"
}

# From NAME_nms.parquet of a split to a submission, which on val pages is scored. Arguments: NAME, split, further flags.
submit_filtered() {
    local boxes=$output/$2/$1 sample=()
    mojika filter-apply "${boxes}_nms.parquet" --filter "models/$1_filter/boosters" --out "${boxes}_filtered.parquet" \
        "${@:3}"
    if [[ $2 == test && -e $data/sample_submission.csv ]]; then sample=(--sample "$data/sample_submission.csv"); fi
    mojika submit "${boxes}_filtered.parquet" "${sample[@]}" --out "${boxes}_submission.csv" "${@:3}"
    if [[ $2 == val ]]; then
        mojika score --truth "$data/train.csv" --submission "${boxes}_submission.csv" --predicted-pages \
            --per-book "${boxes}_books.csv" --json | tee "${boxes}_score.json"
    fi
}
