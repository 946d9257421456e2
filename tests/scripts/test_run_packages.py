"""run.sh --local installs missing Debian packages where it may, and says what to install where it may not."""

import pytest
from fake_checkout import Checkout


@pytest.fixture
def bare(machine: Checkout) -> Checkout:
    """All packages but two are missing; apt-get finds them after an update only."""
    machine.fake(
        "dpkg-query",
        'printf "installed:fonts-noto-core config-files:fonts-noto-cjk "; [[ -e $LOG/packages ]] &&'
        ' for name in "${@:3}"; do printf "installed:%s " "$name"; done',
    )
    machine.fake(
        "apt-get",
        'if [[ $1 == update ]]; then touch "$LOG/updated"; elif [[ -e $LOG/updated ]]; then touch "$LOG/packages";'
        " else exit 100; fi",
    )
    machine.fake("id", "echo ${USER_ID:-0}")
    return machine


def test_root_installs_what_is_missing_once(bare: Checkout):
    result = bare.run("--local", "true")
    assert result.returncode == 0 and "fonts-kouzan-mouhitsu" in result.stderr
    calls = bare.calls("apt-get")
    assert "update" in calls[1] and len(calls) == 3
    assert "fonts-noto-cjk" in calls[-1] and "libgomp1" in calls[-1] and "fonts-noto-core" not in calls[-1]
    assert bare.run("--local", "true").stderr == ""
    assert len(bare.calls("apt-get")) == 3


def test_a_user_with_sudo_installs_them_through_it(bare: Checkout):
    bare.environment["USER_ID"] = "1000"
    bare.fake("sudo", 'shift; exec "$@"')
    assert "installing Debian packages" in bare.run("--local", "true").stderr
    assert all(call.startswith("-n ") for call in bare.calls("sudo"))


def test_a_user_without_rights_is_told_what_to_install(bare: Checkout):
    bare.environment["USER_ID"] = "1000"
    bare.fake("sudo", "echo 'sudo: a password is required' >&2; exit 1")
    result = bare.run("--local", "echo", "goes on")
    assert result.stdout == "goes on\n"
    assert "apt-get install fonts-aoyagi-soseki" in result.stderr.splitlines()[-1]
    assert bare.calls("apt-get") == []


def test_failure_is_a_warning_with_its_reason(bare: Checkout):
    bare.fake("apt-get", '[[ $1 == update ]] || { echo "E: Unable to locate package" >&2; exit 100; }')
    result = bare.run("--local", "echo", "goes on")
    assert result.stdout == "goes on\n"
    assert "warning: Debian packages could not be installed: E: Unable to locate package" in result.stderr
