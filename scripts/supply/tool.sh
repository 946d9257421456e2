#!/usr/bin/env bash
# Tools that look at what Mojika is made of, each installed once into a folder outside its environment. Sourced.
set -euo pipefail

FOLDER=${MOJIKA_CACHE:-input/cache}/supply
mkdir -p "$FOLDER"

# Prints where the program $1 of the package $2 is.
tool() {
    if [[ ! -x $FOLDER/$2/bin/$1 ]]; then
        python3 -m venv "$FOLDER/$2"
        "$FOLDER/$2/bin/pip" install --quiet --disable-pip-version-check "$2" >&2
    fi
    echo "$FOLDER/$2/bin/$1"
}
