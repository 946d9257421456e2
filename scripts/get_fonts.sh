#!/usr/bin/env bash
# Fetches freely licensed brush fonts (SIL Open Font License 1.1) through npm into input/fonts, or the folder given, for
# `mojika sample glyphs --fonts DIR`. Each package is one font in parts, which are joined; its licence is kept beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/answer.sh "$@"
[[ ${1:-} != -* ]] || expect_no_arguments "$@"
expect_no_arguments "${@:2}"
out=$(realpath -m "${1:-input/fonts}")
fonts=(
    yuji-boku@5.3.0 yuji-mai@5.3.0 yuji-syuku@5.3.0
    yuji-hentaigana-akebono@4.5.8
    liu-jian-mao-cao@5.3.0 zhi-mang-xing@5.3.0
)
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
    python scripts/join_font.py "$out/$name.ttf" "$work/$name"/files/*-400-normal.woff
done
echo "get_fonts.sh: ${#fonts[@]} fonts in $out"
