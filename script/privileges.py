"""Running as an unprivileged user when root starts us.

`leave_root` gives what we keep to that user, and runs the program again as that user: the same
process id, arguments and paths. Nothing of ours that touches the network runs as root.
"""

from __future__ import annotations

import compileall
import os
import pwd
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from config.settings import REPOSITORY, Settings

USER = "soundcheck"
LAST_RESORT = "nobody"
"""Where no user can be made."""

LOCK_SECONDS = 5.0
"""How long another program may keep the list of users locked."""

OTHERS_EXECUTE, OTHERS_READ = 0o001, 0o004
PRIVILEGED_PORTS = 1024
OUR_CODE = ("config", "flags", "media", "script", "webapp")


def is_root() -> bool:
    return os.geteuid() == 0


def leave_root(settings: Settings, program: Sequence[str], **more: str) -> None:
    """Replaces this process by `program`, run by an unprivileged user. `more` goes into its
    environment. Raises OSError; returns only when this process is not root's."""
    if not is_root():
        return
    user = unprivileged_user(settings.var_folder)
    for folder, mode in ((settings.var_folder, 0o700), (settings.hls_folder, 0o755)):
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        give_to(folder, user)
    for file in _database_files(settings):
        os.chown(file, user.pw_uid, user.pw_gid, follow_symlinks=False)
    if REPOSITORY.stat().st_uid != user.pw_uid:
        _compile()  # the user may not write there
    os.environ.update(HOME=user.pw_dir, USER=user.pw_name, LOGNAME=user.pw_name, **more)
    command = as_user(user, program, _needed(settings))
    os.execvp(command[0], command)  # noqa: S606 - the program is ours


def unprivileged_user(var_folder: Path) -> pwd.struct_passwd:
    """Who is to run what root starts: the owner of the var folder, else of the checkout; where
    both are root's, a system user made for it."""
    for folder in (var_folder, REPOSITORY):
        try:
            owner = pwd.getpwuid(folder.stat().st_uid)
        except (OSError, KeyError):
            continue
        if owner.pw_uid != 0:
            return owner
    return _system_user()


def give_to(folder: Path, user: pwd.struct_passwd) -> None:
    """Makes `user` the owner of a folder and all that is in it. No link is followed, and a file
    that has another name as well is left alone: it may be anybody's."""
    os.chown(folder, user.pw_uid, user.pw_gid)
    for _, folders, files, here in os.fwalk(folder, follow_symlinks=False):
        for name in (*folders, *files):
            found = os.stat(name, dir_fd=here, follow_symlinks=False)
            if found.st_uid != user.pw_uid and (name in folders or found.st_nlink == 1):
                os.chown(name, user.pw_uid, user.pw_gid, dir_fd=here, follow_symlinks=False)


def as_user(user: pwd.struct_passwd, program: Sequence[str], folders: Iterable[Path]) -> list[str]:
    """The command by which root runs `program` as `user`, who reaches these folders.

    Where a folder above them is closed to the user (a checkout in root's home), the process sees
    an empty one in its place, in which there is nothing but what it needs (mount_namespaces(7)).
    Where nothing can be mounted, it may read every file, and write none (capabilities(7)).
    """
    closed = _closed_folders(user, folders)
    rights: list[str] = []
    wrapper: list[str] = []
    if closed and _readable(REPOSITORY, user) and can_mount():
        wrapper = ["unshare", "--mount", "--", "sh", "-ec", _mounts(closed) + '; exec "$@"', "sh"]
    elif closed or not _readable(REPOSITORY, user):
        rights = [f"--{kind}-caps=+dac_read_search" for kind in ("inh", "ambient")]
    change = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups"]
    return [*wrapper, "setpriv", *change, "--no-new-privs", *rights, "--", *program]


def can_mount() -> bool:
    """Whether this process may have mounts of its own. Not in most containers, nor where the root
    folder is no mount (a plain chroot)."""
    probe = subprocess.run(["unshare", "--mount", "--", "true"], capture_output=True, check=False)
    return probe.returncode == 0


def is_open_to(folder: Path, user: pwd.struct_passwd) -> bool:
    """Whether `user` may pass through a folder."""
    return _allows(folder, user, OTHERS_EXECUTE)


def _allows(path: Path, user: pwd.struct_passwd, bit: int) -> bool:
    found = path.stat()
    if found.st_uid == user.pw_uid:
        return bool(found.st_mode & bit << 6)
    if found.st_gid in os.getgrouplist(user.pw_name, user.pw_gid):
        return bool(found.st_mode & bit << 3)
    return bool(found.st_mode & bit)


def _readable(checkout: Path, user: pwd.struct_passwd) -> bool:
    return is_open_to(checkout, user) and _allows(checkout / "wsgi.py", user, OTHERS_READ)


def _closed_folders(user: pwd.struct_passwd, folders: Iterable[Path]) -> dict[Path, list[Path]]:
    """The outermost folders that are closed to `user`, each with what is needed below it."""
    closed: dict[Path, list[Path]] = {}
    needed = {folder.resolve() for folder in folders}
    for folder in sorted(each for each in needed if not needed.intersection(each.parents)):
        for above in reversed(folder.parents):
            if not is_open_to(above, user):
                closed.setdefault(above, []).append(folder)
                break
    return closed


def _mounts(closed: Mapping[Path, Sequence[Path]]) -> str:
    """The shell's commands that put an empty folder over each closed one, and into it what is
    needed, at its own path."""
    aside = Path(tempfile.mkdtemp(prefix="soundcheck-mounts-"))
    commands: list[list[object]] = []
    for cover, needed in closed.items():
        kept = [(folder, aside / str(number)) for number, folder in enumerate(needed)]
        for folder, place in kept:
            commands += [["mkdir", place], ["mount", "--rbind", folder, place]]
        commands.append(["mount", "-t", "tmpfs", "-o", "mode=0755,size=1m", "soundcheck", cover])
        for folder, place in kept:
            commands += [["mkdir", "-p", folder], ["mount", "--rbind", place, folder]]
        for _, place in kept:
            commands += [["umount", "--recursive", place], ["rmdir", place]]
    commands.append(["rmdir", aside])
    return "; ".join(shlex.join(str(word) for word in command) for command in commands)


def _system_user() -> pwd.struct_passwd:
    """Made once, as Debian's packages make theirs: without a password, a shell or a home."""
    give_up = time.monotonic() + LOCK_SECONDS
    made = ["useradd", "--system", "--user-group", "--no-create-home"]
    made += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", USER]
    while True:
        try:
            return pwd.getpwnam(USER)
        except KeyError:
            if shutil.which(made[0]) is None or time.monotonic() > give_up:
                return pwd.getpwnam(LAST_RESORT)
            if subprocess.run(made, capture_output=True, check=False).returncode != 0:
                time.sleep(LOCK_SECONDS / 50)  # another start may be making it


def _database_files(settings: Settings) -> list[Path]:
    """Of SQLite, wherever they are. Their folder, outside the var folder, is not ours to give."""
    kind, _, name = settings.database_url.partition(":///")
    if not kind.startswith("sqlite") or not name:
        return []
    file = Path(name).absolute()
    return [path for path in file.parent.glob(f"{file.name}*") if path.stat().st_nlink == 1]


def _needed(settings: Settings) -> list[Path]:
    """The folders that our parts read and write."""
    files = [settings.personas_file, *_database_files(settings)]
    files += [
        Path(name) for name in (settings.janus_program, settings.ffmpeg_program) if "/" in name
    ]
    folders = [
        REPOSITORY,
        Path(sys.prefix),
        Path(sys.base_prefix),
        settings.var_folder,
        settings.hls_folder,
    ]
    return [*folders, *(file.absolute().parent for file in files if file.parent.is_dir())]


def _compile() -> None:
    for folder in OUR_CODE:
        compileall.compile_dir(REPOSITORY / folder, quiet=2)


def program() -> list[str]:
    """This program, as it was started."""
    return [sys.executable, *sys.orig_argv[1:]]
