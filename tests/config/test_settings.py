from __future__ import annotations

import ast
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import PREFIX, REPOSITORY, Settings, first_problem

pytestmark = pytest.mark.server

DOCUMENT = REPOSITORY / "docs" / "configuration.md"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def problem_with(**given: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Settings(**given)  # type: ignore[arg-type]
    return first_problem(caught.value)


def test_the_document_lists_every_setting_and_no_other() -> None:
    listed = re.findall(rf"^\| `{PREFIX}(\w+)`", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(name.upper() for name in Settings.model_fields)


def test_every_setting_says_what_it_does() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_defaults_serve_this_machine_only() -> None:
    settings = Settings()
    assert (settings.host, settings.base_url) == ("127.0.0.1", "http://127.0.0.1:5000")
    assert settings.allowed_origins == ("http://127.0.0.1:5000", "http://localhost:5000")
    assert not settings.cookie_secure
    assert not settings.demo


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOUNDCHECK_BASE_URL", "https://rooms.example")
    monkeypatch.setenv("SOUNDCHECK_VAR_FOLDER", str(tmp_path))
    settings = Settings()
    assert settings.allowed_origins == ("https://rooms.example",)
    assert settings.cookie_secure
    assert settings.database_url == f"sqlite:///{tmp_path}/soundcheck.sqlite3"


def test_an_address_of_janus_is_one() -> None:
    assert str(Settings(janus_public_address="203.0.113.7").janus_public_address) == "203.0.113.7"  # type: ignore[arg-type]
    said = problem_with(janus_public_address='203.0.113.7"\n')
    assert said.startswith("settings: SOUNDCHECK_JANUS_PUBLIC_ADDRESS: ")


def test_they_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 80  # type: ignore[misc]


def test_a_wrong_value_is_told_in_a_line_that_names_it() -> None:
    assert "SOUNDCHECK_PORT" in problem_with(port=70000)
    assert "SOUNDCHECK_BASE_URL" in problem_with(base_url="rooms.example/")
    assert "\n" not in problem_with(log_level="LOUD")


@pytest.mark.parametrize(
    "reachable", [{"host": "0.0.0.0"}, {"host": ""}, {"base_url": "https://rooms.example"}]
)
def test_demo_people_are_refused_where_others_could_reach_them(reachable: dict[str, str]) -> None:
    assert "demo people cannot be served" in problem_with(demo=True, **reachable)
    assert Settings(**reachable).demo is False


def test_secrets_are_not_shown() -> None:
    shown = repr(Settings(janus_api_secret="hush", janus_admin_key="hush"))
    assert "hush" not in shown


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(var_folder=tmp_path / "var")
    key = settings.secret_key()
    assert len(key) == 32
    assert settings.secret_key() == key
    assert (tmp_path / "var" / "secret-key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_first_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    command = (
        "from config.settings import Settings; print(Settings().secret_key().hex())",
        {PREFIX + "VAR_FOLDER": str(tmp_path)},
    )

    def ask(_: int) -> str:
        return subprocess.check_output(
            [sys.executable, "-c", command[0]], cwd=REPOSITORY, env=command[1], text=True
        )

    with ThreadPoolExecutor() as pool:
        keys = set(pool.map(ask, range(4)))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_the_product_reads_no_environment_beside_its_settings() -> None:
    """What starts other programs, in config/ and script/, hands theirs down."""
    readers = [
        path.relative_to(REPOSITORY).as_posix()
        for folder in ("flags", "media", "webapp")
        for path in (REPOSITORY / folder).rglob("*.py")
        if _looks_up_the_environment(path)
    ]
    assert readers == []


def _looks_up_the_environment(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            return True
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.getenv", "os.environb"):
            return True
        if isinstance(node, ast.Subscript | ast.Attribute) and _is_environ(node.value):
            return True
    return False


def _is_environ(node: ast.expr) -> bool:
    return ast.unparse(node) == "os.environ"


TAKES_ANY_TEXT = {
    "host",  # listening fails with a line that names it
    "personas_file",  # it is read when needed, and QA's pages say what is wrong with it
    "janus_program",  # script/run looks for both programs when it starts
    "ffmpeg_program",
    "janus_api_secret",
    "janus_admin_key",
    "janus_admin_secret",
    "turn_secret",
    "unleash_backend_token",
    "unleash_admin_token",
}
"""Of these no value is wrong by itself."""

NUMBER_OF_SECONDS = ("soon", "-1", "inf", "nan", "1e300")
NUMBER_OF_DAYS = ("soon", "0", "1.5", "9" * 30)
WEB_SOCKET_ADDRESS = ("x", "http://x", "ws://", "wss://janus example")

WRONG = {
    "allowed_origins": (
        *("http://x", "[", "{}", "[1]", '["x"]', '["*"]', '["http://x/"]', '["ftp://x"]'),
        *('["http://x:port"]', '["http://"]', '["http://x?y"]', '["http://me@x"]'),
    ),
    "trusted_proxies": ("127.0.0.1", "[", "{}", '["x"]', '["10.0.0.1/8"]'),
    "database_url": ("foo", "mysql://x", ""),
    "var_folder": ("/dev/null/x",),
    "hls_folder": ("/dev/null/x",),
    "port": ("many", "0", "70000"),
    "listen_fd": ("in", "2", "9" * 30),
    "cookie_secure": ("maybe",),
    "sole_web_process": ("maybe",),
    "demo": ("maybe",),
    "log_level": ("loud",),
    "base_url": ("rooms.example", "https://rooms.example/", "http://[", "http://x:port"),
    "janus_public_address": ("rooms.example",),
    "janus_url": WEB_SOCKET_ADDRESS,
    "janus_admin_url": WEB_SOCKET_ADDRESS,
    "turn_urls": ("x", "stun:x", "turn:x,turn:y"),
    "unleash_url": ("x", "ws://x", "http://"),
    "unleash_prefix": ("a/b", "a" * 41),
    "request_seconds": (*NUMBER_OF_SECONDS, "0"),
    "janus_timeout": (*NUMBER_OF_SECONDS, "0"),
    "unleash_timeout": (*NUMBER_OF_SECONDS, "0"),
    "unleash_report_seconds": (*NUMBER_OF_SECONDS, "0"),
    "steady_seconds": NUMBER_OF_SECONDS,
    "warm_seconds": (*NUMBER_OF_SECONDS, "0"),
    "ending_seconds": NUMBER_OF_SECONDS,
    "host_away_seconds": NUMBER_OF_SECONDS,
    "host_arrival_seconds": NUMBER_OF_SECONDS,
    "turn_seconds": (*NUMBER_OF_SECONDS, "59"),
    "connections_per_address": ("many", "0"),
    "webrtc_listeners": ("many", "-1"),
    "speakers_per_space": ("many", "0", "51"),
    "event_bytes": ("many", "1023"),
    "flood_factor": ("many", "0", "inf", "nan"),
    "rights_login_hours": NUMBER_OF_DAYS,
    "fresh_sign_in_hours": NUMBER_OF_DAYS,
    "login_days": NUMBER_OF_DAYS,
    "login_longest_days": NUMBER_OF_DAYS,
    "rights_login_longest_days": NUMBER_OF_DAYS,
    "activity_days": NUMBER_OF_DAYS,
    "space_days": NUMBER_OF_DAYS,
    "report_days": NUMBER_OF_DAYS,
    "figure_days": NUMBER_OF_DAYS,
    "history_days": (*NUMBER_OF_DAYS, "29"),
}


def test_every_setting_has_wrong_values_or_takes_any_text() -> None:
    assert {*WRONG, *TAKES_ANY_TEXT} == set(Settings.model_fields)
    assert not {*WRONG} & TAKES_ANY_TEXT


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_wrong_value_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + name.upper(), value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    said = first_problem(caught.value)
    assert said.startswith(f"settings: {PREFIX}{name.upper()}: ")
    assert "\n" not in said


COMMANDS = {
    "soundcheck": ("flask", "--app", "wsgi", "people", "list"),
    "script/unleash": ("script.serve_unleash",),
    "script.nginx_site": ("script.nginx_site", "rooms.example"),
    "webapp.privacy": ("webapp.privacy",),
}


@pytest.mark.parametrize(("name", "module"), COMMANDS.items(), ids=COMMANDS)
def test_a_wrong_value_ends_a_command_with_one_line(name: str, module: tuple[str, ...]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=REPOSITORY,
        env={f"{PREFIX}ALLOWED_ORIGINS": "http://x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"{name}: settings: {PREFIX}ALLOWED_ORIGINS: wanted is a JSON list")
    assert line.endswith("(docs/configuration.md)")
