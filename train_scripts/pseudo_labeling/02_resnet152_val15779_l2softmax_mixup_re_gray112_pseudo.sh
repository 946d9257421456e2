#!/usr/bin/env bash
# Second training of recipe 02: the same flags, pseudo-labelled characters of the test pages in the training list.
set -euo pipefail
recipe=02_resnet152_val15779_l2softmax_mixup_re_gray112

bash "$(dirname "$0")/../$recipe.sh" --lists 200015779/gray124_pseudo --prefix "${recipe}_pseudo" "$@"
