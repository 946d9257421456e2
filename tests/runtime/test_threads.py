import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("users", "effective"), [(None, "passive"), ("active", "active")])
def test_threads_wait_passively_unless_the_user_chose_otherwise(users: str | None, effective: str):
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    environment |= {"OMP_WAIT_POLICY": users} if users else {}
    program = (
        "import os, sys\n"
        "from mojika.cli.main import main\n"
        "try:\n    main(['nms', '--help'])\n"
        "except SystemExit:\n    pass\n"
        "print('torch' in sys.modules, os.environ['OMP_WAIT_POLICY'])\n"
    )
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == f"False {effective}"
