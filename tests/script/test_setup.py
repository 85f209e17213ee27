"""script/setup.sh: what it installs, when, and what it says when it cannot."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from config.settings import REPOSITORY

pytestmark = pytest.mark.server

MADE = "making .venv"
INSTALLED = "installing Python packages"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout that needs no packages, so that nothing is downloaded."""
    (tmp_path / "script").mkdir()
    shutil.copy(REPOSITORY / "script" / "setup.sh", tmp_path / "script")
    for name in ("", "-dev", "-oracle", "-installer"):
        (tmp_path / f"requirements{name}.lock").write_text("")
    return tmp_path


def bash(tree: Path, commands: str) -> subprocess.CompletedProcess[str]:
    script = f"set -euo pipefail; source script/setup.sh; {commands}"
    return subprocess.run(
        ["bash", "-c", script, "script/run"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("purpose", ["run", "dev"])
def test_installs_once(tree: Path, purpose: str) -> None:
    first = bash(tree, f"begin_setup; install_python {purpose}")
    assert MADE in first.stderr
    assert INSTALLED in first.stderr
    assert bash(tree, f"begin_setup; install_python {purpose}").stderr == ""


def test_installs_again_when_the_list_has_changed(tree: Path) -> None:
    bash(tree, "begin_setup; install_python run")
    (tree / "requirements.lock").write_text("# nothing\n")
    again = bash(tree, "begin_setup; install_python run")
    assert INSTALLED in again.stderr
    assert MADE not in again.stderr


def test_what_tests_need_includes_what_running_needs(tree: Path) -> None:
    bash(tree, "begin_setup; install_python dev")
    assert bash(tree, "begin_setup; install_python run").stderr == ""


def test_a_package_without_a_hash_is_not_installed(tree: Path) -> None:
    package = tree / "anything"
    package.mkdir()
    (package / "pyproject.toml").write_text('[project]\nname = "anything"\nversion = "1"\n')
    (tree / "requirements.lock").write_text(f"anything @ {package.as_uri()}\n")
    refused = bash(tree, "begin_setup; install_python run")
    assert refused.returncode == 1
    assert "hash" in refused.stderr.lower()


def test_an_installation_that_failed_is_done_again(tree: Path) -> None:
    bash(tree, "begin_setup; install_python run")
    (tree / "requirements.lock").write_text("./does-not-exist\n")
    failed = bash(tree, "begin_setup; install_python run")
    assert failed.returncode == 1
    assert "could not install the Python packages" in failed.stderr
    (tree / "requirements.lock").write_text("")
    again = bash(tree, "begin_setup; install_python run")
    assert (again.returncode, INSTALLED in again.stderr) == (0, True)


def test_an_installation_cut_short_is_made_anew(tree: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/anything.tar.gz"
        (tree / "requirements.lock").write_text(f"anything @ {address}#sha256={64 * '0'}\n")
        installing = subprocess.Popen(
            ["bash", "-c", "source script/setup.sh; begin_setup; install_python run"],
            cwd=tree,
            start_new_session=True,
        )
        asked, _ = silent.accept()
        os.killpg(installing.pid, signal.SIGKILL)
        asked.close()
        installing.wait()
    (tree / "requirements.lock").write_text("")
    repaired = bash(tree, "begin_setup; install_python run")
    assert MADE in repaired.stderr
    assert repaired.returncode == 0


def test_a_venv_that_does_not_work_is_made_anew(tree: Path) -> None:
    bash(tree, "begin_setup; install_python run")
    (tree / ".venv" / "bin" / "python").unlink()
    assert MADE in bash(tree, "begin_setup; install_python run").stderr


def test_without_root_it_says_what_root_has_to_do(tree: Path) -> None:
    nobody = "id() { echo 1000; }; sudo() { return 1; }"
    done = bash(tree, f"{nobody}; package_for janus false; install_packages")
    assert done.returncode == 1
    assert "apt-get install janus" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_apt_it_names_the_packages(tree: Path) -> None:
    no_apt = 'command() { [ "$2" != apt-get ] && builtin command "$@"; }'
    done = bash(tree, f"{no_apt}; package_for janus false; install_packages")
    assert done.returncode == 1
    assert "needs janus" in done.stderr


def test_nothing_missing_asks_for_no_root(tree: Path) -> None:
    done = bash(tree, "as_root() { fail asked; }; package_for janus true; install_packages")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_kept_is_for_its_owner_only(tree: Path) -> None:
    bash(tree, "begin_setup")
    assert (tree / "var").stat().st_mode & 0o777 == 0o700


def test_only_one_installs_at_a_time(tree: Path) -> None:
    (tree / "var").mkdir()
    holding = subprocess.Popen(
        ["flock", "script", "sh", "-c", "echo held; read end"],
        cwd=tree,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holding.stdout is not None
    assert holding.stdout.readline() == "held\n"
    waiting = subprocess.Popen(
        ["bash", "-c", "source script/setup.sh; begin_setup; echo done", "script/run"],
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stderr is not None
    assert "waiting for another" in waiting.stderr.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(0.5)
    holding.communicate("\n")
    assert waiting.communicate()[0] == "done\n"
