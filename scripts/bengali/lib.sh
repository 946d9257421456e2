#!/usr/bin/env bash
# What the Bengali stages share: settings and the evaluation of a model. Sourced from the root.
set -euo pipefail

# shellcheck source=scripts/bengali/flow.sh
source "${MOJIKA_BENGALI_FLOW:-scripts/bengali/flow.sh}"
source scripts/runs.sh

# The numbers of a run's best model on its own validation list, as OUTPUT/valid/RUN.json. What was evaluated already is
# skipped. Arguments: run, the pack that it reads, further flags.
evaluate() {
    local model=$models/$1/best.model list=$data/splits/$lists/$2/valid.csv numbers=$output/valid/$1.json
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
    python - "$output/valid" <<'END'
import json, pathlib, sys

columns = ("score", "score_seen", "score_unseen",
           *(f"union_recall_{head}" for head in ("grapheme_root", "vowel_diacritic", "consonant_diacritic")))
print(f"{'model':36}" + "".join(f"{name:>9}" for name in ("score", "seen", "unseen", "root", "vowel", "conson.")))
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
    numbers = json.loads(file.read_text())
    found = [numbers.get(column) for column in columns]
    print(f"{file.stem:36}" + "".join("        –" if number is None else f"{number:9.4f}" for number in found))
END
}
