#!/usr/bin/env bash
# Which books do the test pages resemble? Whole pages as a pack, a random split, one model, and the books of all test
# pages in models/book_title_classifier/test_books.csv. Reads the original pages; options go to train.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh kuzushiji "$@"

pack=$data/packs/books_rgb256
lists=$data/splits/books/rgb256
model=$models/book_title_classifier

mojika pack --whole-pages --labels "$data/train.csv" --out "$pack" --scale-size 256 --channels 3
mojika split "$pack" --valid-fraction 0.2 --min-train 1 --out "$lists" # no repetition: counts are the prior
run_recipe train_scripts/book_title_classifier.sh "$@"
mojika classify-books "$model/best.model" --images "$data/test_images" --calibrate "$lists/valid.csv" \
    --out "$model/test_books.csv"
