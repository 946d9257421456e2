#!/usr/bin/env bash
# The whole reproduction in small: from generated books to a scored submission, then to a real page where there is one.
# Run it again to go on after an interruption; --fresh starts from nothing.
# shellcheck disable=SC2154 # real, held_out_book: scripts/demo_flow.sh
set -euo pipefail
cd "$(dirname "$0")/.."
export MOJIKA_FLOW=scripts/demo_flow.sh
source scripts/lib.sh
started=$SECONDS

if [[ ${1:-} == --fresh ]]; then rm -rf "$models"; fi

step "generated pages: eight books to learn from, two to be read"
characters=()
if [[ -f $real/train.csv ]]; then characters=(--characters-from "$real/train.csv"); fi
mojika sample kuzushiji "$data" --books 8 --pages-per-book 9 --test-books 2 --test-pages 16 --classes 250 --seed 1 \
    "${characters[@]}"
mojika check "$data"

bash scripts/reproduce.sh

step "the second models by themselves, for the table"
bash scripts/second_reading.sh
bash scripts/15_summary.sh
mojika evaluate "$models/01_arcface_gray48/best.model" "$data/splits/$held_out_book/gray54/valid.csv" \
    --contact-sheet "$models/contact_sheet.png" --json >"$output/evaluation.json"
mojika overlay "$output/test/final_filtered.parquet" --images "$data/test_images" --truth "$data/hidden/test.csv" \
    --removed "$output/test/final_nms.parquet" --at-most 4 --out "$models/overlays"

if [[ -f $real/train.csv ]]; then
    bash scripts/demo_real_page.sh
else
    say "no real pages at $real (set MOJIKA_REAL_DATA): only generated ones were read"
fi

step "summary"
python - "$models" "$((SECONDS - started))" <<'END'
import json, pathlib, sys

models, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2])


def read(name):
    file = models / "output" / name
    return json.loads(file.read_text()) if file.exists() else {}


stages, valid, page, crops = map(read, ("summary.json", "evaluation.json", "real_score.json", "real_crops.json"))
summary = {f"valid_{name}": valid[name]
           for name in ("accuracy", "macro_recall", "accuracy_unshared", "macro_recall_unshared")}
summary |= {f"detection_{name}": stages[f"test_detection_{name}_final"] for name in ("precision", "recall")}
summary |= {f"f1_{stage}": stages[f"test_f1_{stage}"] for stage in ("first", "nms", "filter", "second", "final")}
if page:
    summary |= {"real_accuracy": crops["accuracy"], "real_f1": page["f1"]}
    summary |= {f"real_detection_{name}": page[f"detection_{name}"] for name in ("precision", "recall")}
summary["seconds"] = seconds
(models / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
print(json.dumps(summary, indent=2))
END
echo "pictures: $models/overlays, $models/contact_sheet.png; curves: tensorboard --logdir $models"
