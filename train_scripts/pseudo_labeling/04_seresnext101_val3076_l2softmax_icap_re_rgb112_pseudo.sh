#!/usr/bin/env bash
# Second training of recipe 04: the same flags, pseudo-labelled characters of the test pages in the training list.
set -euo pipefail
recipe=04_seresnext101_val3076_l2softmax_icap_re_rgb112

MOJIKA_LISTS=_pseudo bash "$(dirname "$0")/../$recipe.sh" --prefix "${recipe}_pseudo" "$@"
