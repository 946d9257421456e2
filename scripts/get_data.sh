#!/usr/bin/env bash
# Fetches open data into input/, or the folder that MOJIKA_DATA names. Run it again to resume.
#   bash scripts/get_data.sh codh [BOOK…]           pages and boxes of the kuzushiji data set of CODH (CC BY-SA 4.0):
#                                                   all 44 books, 5 GB and as much again unpacked, or those named
#   bash scripts/get_data.sh kaggle [COMPETITION]   kuzushiji-recognition (default) or bengaliai-cv19, which need an
#                                                   account, whose holder accepted the rules, and its token
# MOJIKA_CODH names another server with the files of CODH.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
root=$PWD
data=$(cd "$here" && realpath -m "${MOJIKA_DATA:-$root/input}")

fail() {
    echo "get_data.sh: $*" >&2
    exit 2
}

has_token() {
    local folder
    [[ ${KAGGLE_API_TOKEN:-} || (${KAGGLE_USERNAME:-} && ${KAGGLE_KEY:-}) ]] && return
    for folder in "${KAGGLE_CONFIG_DIR:-$HOME/.kaggle}" "${XDG_CONFIG_HOME:-$HOME/.config}/kaggle"; do
        [[ -f $folder/kaggle.json || -f $folder/access_token ]] && return
    done
    return 1
}

# Records size and SHA-256 of a file beside it, or compares them with those of the first time.
check() {
    local file=$1 found
    found="$(stat -c %s "$file") $(sha256sum <"$file" | cut -d' ' -f1)"
    if [[ ! -f $file.sha256 ]]; then
        echo "$found" >"$file.sha256"
    elif [[ $(<"$file.sha256") != "$found" ]]; then
        fail "$file: expected size and SHA-256 $(<"$file.sha256"), found $found; delete both files to fetch it again"
    fi
}

get_codh() {
    local server=${MOJIKA_CODH:-https://codh.rois.ac.jp/char-shape/dataset/v2} book files=()
    for book in "${@:-all}"; do files+=("$book.zip"); done
    mojika fetch "${files[@]/#/$server/}" --out "$data/codh/archives"
    for book in "${files[@]}"; do
        python scripts/unpack.py "$data/codh/archives/$book" "$data/codh" characters
    done
    echo "get_data.sh: next, mojika import $data/codh --out $data/codh_pages"
}

get_kaggle() {
    local competition=${1:-kuzushiji-recognition} archive
    archive=$data/$competition.zip
    mkdir -p "$data"
    if [[ ! -f $archive.sha256 ]]; then
        command -v kaggle >/dev/null || fail "expected Kaggle's program, found none: pip install kaggle"
        has_token || fail "expected a token, found none: kaggle.com, Settings, API, Create New Token, and put kaggle.json" \
            "into ~/.kaggle or set KAGGLE_USERNAME and KAGGLE_KEY"
        kaggle competitions download -c "$competition" -p "$data" ||
            fail "nothing fetched: are you online, and has your account accepted the rules at" \
                "https://www.kaggle.com/competitions/$competition/rules? Run the same command again to resume"
    fi
    [[ -f $archive ]] || fail "$archive: expected the archive, found nothing; delete $archive.sha256 to fetch it again"
    check "$archive"
    python scripts/unpack.py "$archive" "$data/$competition"
    echo "get_data.sh: next, mojika check $data/$competition"
}

case ${1:-} in
    codh | kaggle) "get_$1" "${@:2}" ;;
    -h | --help) sed -n '2,7s/^# \?//p' scripts/get_data.sh ;;
    *) fail "expected codh or kaggle, found ${1:-nothing}; --help says more" ;;
esac
