#!/usr/bin/env bash
# Writes a bill of materials (CycloneDX, JSON) of Mojika's environment: sbom.json, or the file given.
#
#   ./run.sh --local bash scripts/supply/sbom.sh [FILE]
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/answer.sh "$@"
source scripts/supply/tool.sh
[[ ${1:-} != -* ]] || expect_no_arguments "$@"
expect_no_arguments "${@:2}"

out=$(realpath -m "${1:-sbom.json}")
cyclonedx=$(tool cyclonedx-py cyclonedx-bom)
"$cyclonedx" environment "$(command -v python)" --pyproject pyproject.toml --output-format JSON --output-file "$out"
say "$out"
