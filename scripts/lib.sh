#!/usr/bin/env bash
# What stages and recipes share. Sourced from the root: `source scripts/lib.sh NAME "$@"` answers --help and reads the settings in
# scripts/settings/NAME.sh, or in the file that MOJIKA_SETTINGS names, which all scripts started from there then read.
set -euo pipefail

# ---- what scripts say, and how they end ----

step() { printf '\n== %s\n' "$*"; }

source scripts/answer.sh "${@:2}"

# For demos, which take --fresh only: what was made before moves aside. Arguments: those of the script.
begin() {
    local aside
    if [[ ${1:-} == --fresh ]]; then
        shift
        aside=$models.$(date +%Y%m%d-%H%M%S)
        if [[ -e $models ]]; then mv "$models" "$aside" && say "$models is $aside now; delete it when you like"; fi
    fi
    expect_no_arguments "$@"
}

# Runs scripts one after the other, and says how many there are.
run_stages() {
    local at
    for ((at = 1; at <= $#; at++)); do
        step "${!at}"
        echo "stage $at of $#"
        bash "${!at}"
    done
}

# ---- settings ----

refuse_old() { if [[ ${!1:-} ]]; then fail "$1 is not read any more: unset it; $2 (docs/stages.md)"; fi; }
refuse_old MOJIKA_FLOW "MOJIKA_SETTINGS names the settings file"
refuse_old MOJIKA_BENGALI_FLOW "MOJIKA_SETTINGS names the settings file"
refuse_old MOJIKA_LISTS "recipes take their lists as --lists"
refuse_old MOJIKA_REAL_PAGE "scripts/demo_real_page.sh takes the page as an argument"

export MOJIKA_SETTINGS=${MOJIKA_SETTINGS:-scripts/settings/$1.sh}
[[ -f $MOJIKA_SETTINGS ]] || fail "MOJIKA_SETTINGS: $MOJIKA_SETTINGS: no such file"
declare -A lists_for=() # a recipe's run -> its lists, where they are not `lists`
# shellcheck source=scripts/settings/kuzushiji.sh
source "$MOJIKA_SETTINGS"
[[ -v detect_sides ]] || detect_sides=()
[[ -v derived ]] || derived=${data-}
[[ -v final_read_options ]] || final_read_options=("${read_options[@]}")
[[ -v vote_options ]] || vote_options=()
[[ -v filter_options ]] || filter_options=()
[[ -v submit_options ]] || submit_options=()
[[ -v reader_options ]] || reader_options=("${detect_options[@]}" "${final_read_options[@]}")
[[ -v reader_about ]] || reader_about=()

# ---- recipes and their runs ----

# The run that a recipe leaves has the recipe's name.
run_of() { basename "$1" .sh; }

# The classifier of the recipe that calls this. Arguments: lists (a folder below $derived/splits), then flags of train.py,
# among which `--lists` may name other lists.
train() {
    local lists=$1 flags=()
    shift
    while (($#)); do
        case $1 in
            --lists)
                [[ ${2:-} ]] || fail "--lists: expected the name of a folder below $derived/splits"
                lists=$2
                shift 2
                ;;
            *)
                flags+=("$1")
                shift
                ;;
        esac
    done
    lists=$derived/splits/$lists
    python train.py "$lists/train.csv" "$lists/valid.csv" --model-dir "$models" --prefix "$(run_of "$0")" "${flags[@]}"
}

# The detector of the recipe that calls this. Arguments: flags of `mojika train-detector`.
train_detector() { mojika train-detector --model-dir "$models" --prefix "$(run_of "$0")" "$@"; }

# Sets `classifiers` to the recipes in a folder, in the order of their numbers (00 is the detector), and `readers` to the
# best models of their runs.
find_classifiers() {
    local recipe
    mapfile -t classifiers < <(find "$1" -maxdepth 1 -name '[0-9]*_*.sh' ! -name '00_*' | sort --version-sort)
    ((${#classifiers[@]})) || fail "$1: no recipe of a classifier, such as 01_NAME.sh"
    readers=()
    for recipe in "${classifiers[@]}"; do
        readers+=("$models/$(run_of "$recipe")/best.model")
    done
}

# Arguments: a recipe, its flags.
run_recipe() {
    [[ -f $1 ]] || fail "$1: no such recipe"
    bash "$@"
    expect_trained "$(run_of "$1")"
}

# All classifiers' recipes in a folder, one after the other. Arguments: the folder, flags for each.
run_recipes() {
    local recipe
    find_classifiers "$1"
    for recipe in "${classifiers[@]}"; do
        run_recipe "$recipe" "${@:2}"
    done
}

# A run that another process trains (it holds RUN/lock, see lib/mojika/runtime/run_lock.py) is not waited for: status 75
# says that this stage is to be run again later.
expect_trained() {
    if [[ -e $models/$1/lock ]] && ! flock --nonblock "$models/$1/lock" true; then
        say "$models/$1 is still being trained by another process"
        exit 75
    fi
}

# ---- kuzushiji: pages, reading, the filter ----

# Sets `splits` to what --split names (both without it), and `options` to all other arguments.
# shellcheck disable=SC2034 # the stages read both
parse_options() {
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

# The folder with the pages of a split, preprocessed or, as second argument, `original`. Those of val are training pages:
# links to the pages of `val_books`; those of books that were val books before go.
pages_of() {
    local folder=$data/preprocessed book page links=()
    if [[ ${2:-preprocessed} == original ]]; then folder=$data; fi
    if [[ $1 == val ]]; then
        for book in "${val_books[@]}"; do
            for page in "$folder/train_images/$book"*; do
                if [[ -e $page ]]; then links+=("../train_images/${page##*/}"); fi
            done
        done
        ((${#links[@]})) || fail "$folder/train_images: no page of ${val_books[*]}; run scripts/01_preprocess.sh"
        mkdir -p "$folder/val_images"
        for page in "$folder/val_images"/*; do
            if [[ " ${links[*]} " != *" ../train_images/${page##*/} "* ]]; then rm -f "$page"; fi
        done
        ln -sf "${links[@]}" "$folder/val_images/"
    fi
    echo "$folder/$1_images"
}

# The models of the recipes in a folder read the boxes of each detection and vote softly; the detections become one,
# NAME_nms.parquet. Arguments: NAME, the folder, split, further flags.
read_softly() {
    local name=$1 split=$3 snapshot pages read=()
    find_classifiers "$2"
    pages=$(pages_of "$split")
    for snapshot in "${snapshots[@]}"; do
        read+=("$output/$split/${name}_$snapshot.parquet")
        mojika classify "${readers[@]}" --boxes "$output/$split/detected_$snapshot.parquet" --images "$pages" \
            --out "${read[-1]}" "${read_options[@]}" "${@:4}"
    done
    mojika nms "${read[@]}" --out "$output/$split/${name}_nms.parquet"
}

# Fits the false-positive filter NAME to the val pages' boxes NAME_nms.parquet. Arguments: NAME, further flags.
train_filter() {
    local filter=$models/$1_filter samples
    samples=("$output/val/$1_nms.parquet" --labels "$data/train.csv" --books "${val_books[@]}")
    mojika filter-search "${samples[@]}" --study "$filter/study.sqlite" --out "$filter/params.yaml" \
        "${search_options[@]}" "${@:2}"
    mojika filter-train "${samples[@]}" --params "$filter/params.yaml" --out "$filter/boosters" \
        "${filter_options[@]}" "${@:2}"
}

# From NAME_nms.parquet of a split to a submission, which on val pages is scored. Arguments: NAME, split, further flags.
submit_filtered() {
    local boxes=$output/$2/$1 sample=()
    mojika filter-apply "${boxes}_nms.parquet" --filter "$models/$1_filter/boosters" --out "${boxes}_filtered.parquet" \
        "${@:3}"
    if [[ $2 == test && -e $data/sample_submission.csv ]]; then sample=(--sample "$data/sample_submission.csv"); fi
    mojika submit "${boxes}_filtered.parquet" "${sample[@]}" --out "${boxes}_submission.csv" \
        "${submit_options[@]}" "${@:3}"
    if [[ $2 == val ]]; then
        mojika score --labels "$data/train.csv" --submission "${boxes}_submission.csv" --predicted-pages \
            --per-book "${boxes}_books.csv" --json | tee "${boxes}_score.json"
    fi
}

# ---- Bengali: lists and scores ----

# The lists of a recipe, as a folder below $data/splits: of the settings' split (`lists`, or `lists_for` this recipe)
# those of the pack that the recipe's name ends with, such as crop128 of 01_seresnext50_crop128.sh.
lists_of() {
    local run
    run=$(run_of "$1")
    # shellcheck disable=SC2154 # in scripts/settings/bengali.sh
    echo "${lists_for[$run]:-$lists}/${run##*_}"
}

# The numbers of a run's best model on the validation list of its recipe, as OUTPUT/valid/RUN.json. What was evaluated
# already is skipped. Arguments: recipe, run, further flags.
evaluate() {
    local model=$models/$2/best.model list numbers=$output/valid/$2.json
    list=$data/splits/$(lists_of "$1")/valid.csv
    if [[ $numbers -nt $model && $numbers -nt $list ]]; then
        say "$numbers is up to date"
        return
    fi
    mkdir -p "$output/valid"
    mojika evaluate "$model" "$list" --json "${@:3}" >"$numbers.tmp"
    mv "$numbers.tmp" "$numbers"
}

# One line for each evaluated model: the score, that of seen and unseen graphemes, and the recalls.
print_evaluations() {
    local columns=score,seen=score_seen,unseen=score_unseen,root=union_recall_grapheme_root
    columns+=,vowel=union_recall_vowel_diacritic,conson.=union_recall_consonant_diacritic
    mojika table "$output/valid"/*.json --columns "$columns"
}
