#!/usr/bin/env bash
# Second training of the demo's classifier 01: the same flags, pseudo-labelled characters in the training list.
set -euo pipefail
recipe=01_arcface_gray48

bash "$(dirname "$0")/../$recipe.sh" --lists 200015779/gray54_pseudo --prefix "${recipe}_pseudo" "$@"
