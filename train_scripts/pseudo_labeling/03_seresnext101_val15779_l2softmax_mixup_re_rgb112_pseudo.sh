#!/usr/bin/env bash
# Second training of recipe 03: the same flags, pseudo-labelled characters of the test pages in the training list.
set -euo pipefail
recipe=03_seresnext101_val15779_l2softmax_mixup_re_rgb112

bash "$(dirname "$0")/../$recipe.sh" --lists 200015779/rgb124_pseudo --prefix "${recipe}_pseudo" "$@"
