#!/usr/bin/env bash
# Writes requirements.hashes.txt: the versions of requirements.txt, and what PyTorch needs on top, with the SHA-256 of
# every file that the package index has of them. MOJIKA_HASHES=1 ./run.sh --local installs nothing else.
#
#   ./run.sh --local bash scripts/supply/hashes.sh        # after a change of requirements.txt
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/answer.sh "$@"
source scripts/supply/tool.sh
expect_no_arguments "$@"

# uv does not know "===", which keeps pip from local builds; it comes back below
uv=$(tool uv uv)
sed 's/===/==/' requirements.txt >"$FOLDER/requirements.in"
"$uv" pip compile "$FOLDER/requirements.in" --quiet --universal --python-version 3.11 --generate-hashes \
    --no-annotate --no-header --no-emit-index-url --output-file "$FOLDER/requirements.hashes.txt"
{
    echo "# Made by scripts/supply/hashes.sh from requirements.txt; see docs/supply_chain.md."
    sed -E 's/^(torch|torchvision)==/\1===/' "$FOLDER/requirements.hashes.txt"
} >requirements.hashes.txt
say "requirements.hashes.txt: $(grep -cE '^[A-Za-z]' requirements.hashes.txt) packages"
