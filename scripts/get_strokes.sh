#!/usr/bin/env bash
# Fetches the strokes of 6,700 characters, kana and kanji, in writing order (KanjiVG, CC BY-SA 3.0) through pip, and joins
# them in input/kanjivg.npz, or the file given, for `mojika sample glyphs --strokes FILE`.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/answer.sh "$@"
[[ ${1:-} != -* ]] || expect_no_arguments "$@"
expect_no_arguments "${@:2}"
out=$(realpath -m "${1:-input/kanjivg.npz}")
if [[ ! -f $out ]]; then
    mkdir -p "$(dirname "$out")"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    python -m pip download --quiet --no-deps --dest "$work" kanjivg==20260714
    python -m zipfile -e "$work"/kanjivg-*.whl "$work"
    python scripts/join_strokes.py "$work/strokes.npz" "$work/kanji"
    cp "$work"/kanjivg-*.dist-info/licenses/COPYING "$out.LICENSE"
    mv "$work/strokes.npz" "$out"
fi
echo "get_strokes.sh: $out"
