from pathlib import Path

import pytest
from fake_checkout import PYTHON, Checkout, make_checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return make_checkout(tmp_path)


@pytest.fixture
def machine(checkout: Checkout) -> Checkout:
    """A Debian machine with Python 3.11 and all fonts."""
    checkout.fake("python3.11", PYTHON)
    checkout.fake("dpkg-query", 'for name in "${@:3}"; do printf "installed:%s " "$name"; done')
    return checkout
