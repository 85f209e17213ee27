"""A migrated SQLite database that tests copy: the migrations run once per process of the suite."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from config.settings import Settings
from webapp.infra import migrations
from webapp.infra.database import Database


def copy_template(folder: Path, **settings: object) -> None:
    """Puts a migrated database into a var folder that has none, where the app would make one.
    Settings that name another database are left alone."""
    address = Settings.model_validate({"var_folder": folder, **settings}).database_url
    file = Path(address.removeprefix("sqlite:///"))
    if file.parent == folder and not file.exists():
        shutil.copyfile(_template(), file)
        file.chmod(0o600)


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="soundcheck-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database(f"sqlite:///{folder / 'template'}")
    migrations.upgrade(database.engine)
    database.close()
    return folder / "template"
