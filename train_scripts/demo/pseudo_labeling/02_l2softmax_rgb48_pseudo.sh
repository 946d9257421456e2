#!/usr/bin/env bash
# Second training of the demo's classifier 02: the same flags, pseudo-labelled characters in the training list.
set -euo pipefail
recipe=02_l2softmax_rgb48

bash "$(dirname "$0")/../$recipe.sh" --lists 200015779/rgb54_pseudo --prefix "${recipe}_pseudo" "$@"
