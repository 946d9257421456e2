#!/usr/bin/env bash
# Stage 1: contrast normalisation and denoising of all pages. Idempotent per page; options go to `mojika preprocess`.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"

for pages in train_images test_images; do
    mojika preprocess "$data/$pages" "$data/preprocessed/$pages" "$@"
done
