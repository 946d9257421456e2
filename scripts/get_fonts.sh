#!/usr/bin/env bash
# Fetches freely licensed fonts (SIL Open Font License 1.1) through npm: brush fonts into input/fonts, or the folder given,
# for `mojika sample glyphs --fonts DIR`; with --bengali Bengali ones into input/bengali_fonts, or the folder given, for
# `mojika sample bengali --fonts DIR`. The parts of a font are joined; its licence is kept beside it.
# Usage: bash scripts/get_fonts.sh [--bengali] [DIR]
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/answer.sh "$@"
fonts=(
    yuji-boku@5.3.0 yuji-mai@5.3.0 yuji-syuku@5.3.0
    yuji-hentaigana-akebono@4.5.8
    liu-jian-mao-cao@5.3.0 zhi-mang-xing@5.3.0
)
parts='*-400-normal.woff' default=input/fonts
if [[ ${1:-} == --bengali ]]; then
    fonts=(
        atma@5.3.0 galada@5.2.8 mina@5.3.0 baloo-da-2@5.3.0 hind-siliguri@5.3.0 tiro-bangla@5.3.0 anek-bangla@5.0.18
    )
    parts='*-bengali-400-normal.woff' default=input/bengali_fonts
    shift
fi
[[ ${1:-} != -* ]] || expect_no_arguments "$@"
expect_no_arguments "${@:2}"
out=$(realpath -m "${1:-$default}")
command -v npm >/dev/null || fail "expected npm, found none; install Debian's package npm"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for font in "${fonts[@]}"; do
    name=${font%@*}
    if [[ -f $out/$name.ttf ]]; then continue; fi
    echo "get_fonts.sh: $name"
    (cd "$work" && npm pack --silent "@fontsource/$font" >/dev/null)
    mkdir "$work/$name"
    tar -xzf "$work/fontsource-$name-${font#*@}.tgz" -C "$work/$name" --strip-components=1
    # Hentaigana Akebono, whose package has none, is of the same project as Boku
    cp "$work/$name/LICENSE" "$out/$name.LICENSE" 2>/dev/null || cp "$out/yuji-boku.LICENSE" "$out/$name.LICENSE"
    mapfile -t files < <(find "$work/$name/files" -name "$parts" | sort)
    python scripts/join_font.py "$out/$name.part" "${files[@]}"
    mv "$out/$name.part" "$out/$name.ttf"
done
echo "get_fonts.sh: ${#fonts[@]} fonts in $out"
