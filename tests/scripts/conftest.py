from pathlib import Path

import pytest
from fake_checkout import PYTHON, Checkout, make_checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return make_checkout(tmp_path)


@pytest.fixture
def machine(checkout: Checkout) -> Checkout:
    """A Debian machine with Python 3.11, all packages and 100 GB of free disk space."""
    checkout.fake("python3.11", PYTHON)
    checkout.fake("df", 'echo "Filesystem 1024-blocks Used Available"; echo "/dev/vda 200000000 95142400 104857600"')
    checkout.fake("dpkg-query", 'for name in "${@:3}"; do printf "installed:%s " "$name"; done')
    return checkout
