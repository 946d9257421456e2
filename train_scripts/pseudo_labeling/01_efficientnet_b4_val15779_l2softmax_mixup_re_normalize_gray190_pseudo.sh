#!/usr/bin/env bash
# Second training of recipe 01: the same flags, pseudo-labelled characters of the test pages in the training list.
set -euo pipefail
recipe=01_efficientnet_b4_val15779_l2softmax_mixup_re_normalize_gray190

bash "$(dirname "$0")/../$recipe.sh" --lists 200015779/gray210_pseudo --prefix "${recipe}_pseudo" "$@"
