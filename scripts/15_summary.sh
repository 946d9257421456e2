#!/usr/bin/env bash
# Stage 15: what each stage was worth. Scores the boxes that the stages left, of val pages against the training labels
# and of test pages where their labels are known ($data/hidden/test.csv, as in generated data), and writes summary.json.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh
parse_options "$@"

scored=$output/scores
declare -A stages=(
    [first]=first_${snapshots[-1]} [nms]=first_nms [filter]=first_filtered
    [second]=second_filtered [final]=final_filtered
)
mkdir -p "$scored"
rm -f "$scored"/*.json
for split in "${splits[@]}"; do
    truth=$data/train.csv
    if [[ $split == test ]]; then truth=$data/hidden/test.csv; fi
    if [[ ! -e $truth ]]; then continue; fi
    for stage in "${!stages[@]}"; do
        boxes=$output/$split/${stages[$stage]}.parquet
        if [[ ! -e $boxes ]]; then continue; fi
        mojika score --truth "$truth" --boxes "$boxes" --predicted-pages --json "${options[@]}" \
            >"$scored/${split}_$stage.json"
    done
done
python - "$scored" "$output/summary.json" <<'END'
import json, os, pathlib, sys

scored, summary_file = map(pathlib.Path, sys.argv[1:])
summary = {}
print(f"{'pages':6}{'stage':9}{'F1':>8}{'precision':>11}{'recall':>9}   detection: precision, recall")
for split in ("val", "test"):
    for stage in ("first", "nms", "filter", "second", "final"):
        if not (file := scored / f"{split}_{stage}.json").exists():
            continue
        score = json.loads(file.read_text())
        names = "f1", "precision", "recall", "detection_precision", "detection_recall"
        summary |= {f"{split}_{name}_{stage}": score[name] for name in names}
        print(f"{split:6}{stage:9}{score['f1']:8.4f}{score['precision']:11.4f}{score['recall']:9.4f}"
              f"{score['detection_precision']:14.4f}{score['detection_recall']:9.4f}")
temporary = summary_file.with_name(f".{summary_file.name}.tmp")
temporary.write_text(json.dumps(summary, indent=2) + "\n")
os.replace(temporary, summary_file)
END
