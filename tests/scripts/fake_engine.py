"""A `docker` for `Checkout.fake`, and how it was called."""

import shlex

from fake_checkout import Checkout

# knows one image, whose three labels stand in $LOG/image; building writes them there
DOCKER = r"""
case $1 in
  version) echo 28.0 ;;
  info) echo "${SECURITY:-[name=seccomp]}" ;;
  image) cat "$LOG/image" 2>/dev/null || { echo "No such image" >&2; exit 1; } ;;
  build)
    echo "Successfully built"
    while (($#)); do
      case $2 in
        mojika.digest=*) digest=${2#*=} ;;
        mojika.torch-index=*) index=${2#*=} ;;
        mojika.dev=*) dev=${2#*=} ;;
      esac
      shift
    done
    echo "$digest|$index|$dev" >"$LOG/image" ;;
  run) exit "${STATUS:-0}" ;;
esac
"""


def last_call(checkout: Checkout, verb: str) -> list[str]:
    return [shlex.split(call) for call in checkout.calls("docker") if call.startswith(f"{verb} ")][-1]


def mounts(checkout: Checkout) -> dict[str, str]:
    """Target of every mount → its source with the remaining options."""
    options = last_call(checkout, "run")
    values = [options[i + 1] for i, option in enumerate(options) if option == "--mount"]
    parts = [dict(part.partition("=")[::2] for part in value.split(",")) for value in values]
    assert all(part.pop("type") == "bind" for part in parts)
    return {part["target"]: part["source"] + (" readonly" if "readonly" in part else "") for part in parts}
