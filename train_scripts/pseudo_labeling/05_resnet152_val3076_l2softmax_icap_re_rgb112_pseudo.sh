#!/usr/bin/env bash
# Second training of recipe 05: the same flags, pseudo-labelled characters of the test pages in the training list.
set -euo pipefail
recipe=05_resnet152_val3076_l2softmax_icap_re_rgb112

bash "$(dirname "$0")/../$recipe.sh" --lists 200003076/rgb124_pseudo --prefix "${recipe}_pseudo" "$@"
