"""What can be set from outside. The only reader of the environment.

Every setting is an environment variable `SOUNDCHECK_<NAME>`; docs/configuration.md lists them.
Where Unleash is and its tokens are also taken from the names that its own tools use.
"""

from __future__ import annotations

import os
import secrets
import sys
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.setting_types import (
    MAX_DAYS,
    MAX_SECONDS,
    DatabaseUrl,
    Days,
    Descriptor,
    Hours,
    HttpAddress,
    Networks,
    Origin,
    Origins,
    Seconds,
    TurnAddresses,
    WebSocketAddress,
    WritableFolder,
)

REPOSITORY = Path(__file__).resolve().parent.parent
PREFIX = "SOUNDCHECK_"

ANYWHERE = ("", "0.0.0.0")  # noqa: S104 - addresses that mean every interface, not one to use

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def _base_url(given: dict[str, Any]) -> str:
    host = given.get("host", "127.0.0.1")
    return f"http://{'127.0.0.1' if host in ANYWHERE else host}:{given.get('port', 5000)}"


def _database_url(given: dict[str, Any]) -> str:
    return f"sqlite:///{given['var_folder'] / 'soundcheck.sqlite3'}"


def _allowed_origins(given: dict[str, Any]) -> tuple[str, ...]:
    base_url: str = given["base_url"]
    return tuple({base_url: None, base_url.replace("//127.0.0.1:", "//localhost:"): None})


class Settings(BaseSettings):
    """The settings of one process, read once at its start. Frozen.

    Raises pydantic's ValidationError, which names the setting and what is wrong with it.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        validate_default=True,
        populate_by_name=True,
        allow_inf_nan=False,
    )

    # Where it serves
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(5000, ge=1, le=65535, description="TCP port to listen on.")
    listen_fd: Descriptor | None = Field(
        None,
        description="Descriptor of a socket that listens already, on that address. `script/run` "
        "hands one down, so that nobody is turned away while the web process is exchanged.",
    )
    base_url: Origin = Field(
        default_factory=_base_url,
        description="Address that people use, without a slash at its end; links are made with it. "
        "Default: `http://HOST:PORT`.",
    )
    allowed_origins: Origins = Field(
        default_factory=_allowed_origins,
        description="Origins from which a browser may open the socket, as a JSON list. "
        "Default: the base URL, and for 127.0.0.1 `localhost` as well.",
    )
    trusted_proxies: Networks = Field(
        (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")),
        description="Networks of the proxies in front, as a JSON list: their `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed, and their connections are not counted as those of one "
        "address. Default: this machine.",
    )
    request_seconds: Seconds = Field(
        20.0,
        gt=0,
        description="Seconds that a connection may take to send a request's head, to wait while a "
        "body is sent or an answer read, and to idle between two requests. Sockets that are open "
        "are pinged instead.",
    )
    connections_per_address: int = Field(
        1000,
        ge=1,
        description="Connections of one address (of an IPv6 network of 64 bits) at the most, "
        "trusted proxies apart.",
    )
    cookie_secure: bool = Field(
        default_factory=lambda given: given.get("base_url", "").startswith("https://"),
        description="Send the login cookie over HTTPS only. "
        "Default: on when the base URL is https.",
    )

    # What it keeps
    var_folder: WritableFolder = Field(
        REPOSITORY / "var",
        description="Folder of everything that is made while running: database, secrets, locks.",
    )
    database_url: DatabaseUrl = Field(
        default_factory=_database_url,
        description="SQLAlchemy address of the database. Default: SQLite in the var folder. "
        "PostgreSQL: `postgresql+psycopg2://…`.",
    )
    sole_web_process: bool = Field(
        True,
        description="Serve only while no other web process serves from the same database. Off is "
        "for tests without Spaces: two processes would take each other's people for gone.",
    )
    personas_file: Path = Field(
        REPOSITORY / "config" / "personas.yaml",
        description="Made-up people for QA, and what each feature should be for them.",
    )

    # Janus
    janus_program: str = Field(
        "janus", description="Program that `script/run` starts as Janus: a name or a path."
    )
    janus_public_address: IPv4Address | IPv6Address | None = Field(
        None,
        description="Address that browsers reach Janus by, where the machine itself has another "
        "one (1:1 NAT, as in many clouds). For the Janus that `script/run` starts.",
    )
    janus_url: WebSocketAddress | None = Field(
        None,
        description="WebSocket address of Janus. `script/run` starts Janus and sets this.",
    )
    janus_api_secret: SecretStr = Field(
        SecretStr(""), description="Janus' `api_secret`. Set by `script/run`."
    )
    janus_admin_key: SecretStr = Field(
        SecretStr(""),
        description="`admin_key` of Janus' AudioBridge and Streaming plugins. Set by `script/run`.",
    )
    janus_admin_url: str = Field(
        "",
        pattern=r"^(wss?://[^\s/]+(/\S*)?)?$",
        description="WebSocket address of Janus' Admin API, which knows what a process before this "
        "one left. Set by `script/run`; without it people negotiate anew after a restart.",
    )
    janus_admin_secret: SecretStr = Field(
        SecretStr(""), description="Janus' `admin_secret`. Set by `script/run`."
    )
    janus_timeout: Seconds = Field(
        5.0, gt=0, description="Seconds after which a request to Janus counts as failed."
    )

    # HLS, for those beyond what WebRTC has room for
    webrtc_listeners: int = Field(
        400,
        ge=0,
        description="Listeners who hear through WebRTC at the most. Those beyond hear a few "
        "seconds later, through HLS, and come over when there is room. See docs/capacity.md.",
    )
    hls_folder: WritableFolder = Field(
        default_factory=lambda given: given["var_folder"] / "hls",
        description="Folder of what is heard through HLS; a web server in front may give it away. "
        "Emptied at start. Default: `hls` in the var folder.",
    )
    ffmpeg_program: str = Field(
        "ffmpeg", description="Program that encodes for HLS: a name or a path."
    )

    # TURN, for whom only a relay can reach
    turn_urls: TurnAddresses = Field(
        "",
        description="Addresses of a TURN server, separated by spaces, such as "
        "`turn:turn.example:3478 turns:turn.example:443?transport=tcp`.",
    )
    turn_secret: SecretStr = Field(
        SecretStr(""),
        description="The secret that the TURN server shares with us (coturn's "
        "`static-auth-secret`): credentials are made with it, for each person, for a while.",
    )
    turn_seconds: int = Field(
        12 * 3600,
        ge=60,
        le=MAX_SECONDS,
        description="Seconds for which credentials of the TURN server are good.",
    )

    # Unleash
    unleash_url: HttpAddress | None = Field(
        None,
        validation_alias=AliasChoices(f"{PREFIX}UNLEASH_URL", "UNLEASH_URL"),
        description="Address of an Unleash server that has the definitions of features, with or "
        "without `/api`. Default: they are kept in our own database.",
    )
    unleash_backend_token: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices(f"{PREFIX}UNLEASH_BACKEND_TOKEN", "UNLEASH_BACKEND_TOKEN"),
        description="Backend token (`project:environment.…`) with which definitions are read; "
        "it also says which project and environment are edited.",
    )
    unleash_admin_token: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices(f"{PREFIX}UNLEASH_ADMIN_TOKEN", "UNLEASH_ADMIN_TOKEN"),
        description="Admin token (`*:*.…`) with which the console edits and reads the audit log.",
    )
    unleash_prefix: str = Field(
        "",
        pattern=r"^[\w.~-]*$",
        max_length=40,
        description="What the names of our features begin with in Unleash, where several products "
        "share a server.",
    )
    unleash_timeout: Seconds = Field(
        5.0, gt=0, description="Seconds after which a request to Unleash counts as failed."
    )
    unleash_report_seconds: Seconds = Field(
        60.0, gt=0, description="Seconds between two reports of how often features were answered."
    )

    # How it behaves
    steady_seconds: Seconds = Field(
        10.0,
        ge=0,
        description="Seconds that a part must have run for `script/run` to start it again when "
        "it dies; one that dies sooner ends everything.",
    )
    demo: bool = Field(
        False,
        description="Make the demo people and their sign-in links, which work from this machine "
        "only. Set by `script/run` unless `--no-demo` is given.",
    )
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    speakers_per_space: int = Field(
        10, ge=1, le=50, description="Speakers on a Space's stage beside its host."
    )
    warm_seconds: Seconds = Field(
        120, gt=0, description="Seconds after which a warm seat that nobody uses is let go."
    )
    ending_seconds: Seconds = Field(
        30,
        ge=0,
        description="Countdown in seconds when live Spaces are ended by a cut of hosting, or "
        "because nobody leads them.",
    )
    host_away_seconds: Seconds = Field(
        30,
        ge=0,
        description="Seconds that a host may be away before a co-host stands in, or the longest-"
        "standing speaker if the host chose so, or the countdown begins that ends the Space.",
    )
    host_arrival_seconds: Seconds = Field(
        300,
        ge=0,
        description="Seconds that whoever opens a Space has to arrive in it, before the countdown "
        "begins that ends it. A page takes minutes on a bad mobile line.",
    )
    login_days: Days = Field(30, description="Days that a tester's login lasts after its last use.")
    login_longest_days: Days = Field(
        90,
        description="Days after which a tester must sign in again, however much it is used.",
    )
    rights_login_hours: Hours = Field(
        72,
        description="Hours that a login of somebody with rights (product manager, QA, "
        "administrator) lasts after its last use.",
    )
    rights_login_longest_days: Days = Field(
        7, description="Days after which somebody with rights must sign in again."
    )
    fresh_sign_in_hours: Hours = Field(
        12,
        description="Hours after signing in within which people may approve proposals, make "
        "sign-in links for others and delete accounts.",
    )

    # How long it is kept: docs/privacy.md has all of it
    activity_days: Days = Field(90, description="Days that account activity is kept.")
    space_days: Days = Field(90, description="Days that an ended Space is kept.")
    report_days: Days = Field(365, description="Days that a reported problem is kept.")
    figure_days: Days = Field(400, description="Days that exposures and outcomes are kept.")
    history_days: int = Field(1095, ge=30, le=MAX_DAYS, description="Days that histories are kept.")

    event_bytes: int = Field(
        64 * 1024, ge=1024, description="Largest Socket.IO message taken from a browser, in bytes."
    )
    flood_factor: float = Field(
        1.0,
        gt=0,
        description="Multiplies every flood limit per person and action; benchmarks raise it.",
    )

    @model_validator(mode="after")
    def _demo_stays_here(self) -> Self:
        # Demo links sign in whoever has them: never where others can reach them, nor behind a
        # proxy, to which everybody seems to be on this machine.
        for host in (self.host, urlsplit(self.base_url).hostname or ""):
            if self.demo and not _is_loopback(host):
                raise ValueError(f"demo people cannot be served on {host or 'every address'}")
        return self

    @model_validator(mode="after")
    def _turn_needs_a_secret(self) -> Self:
        if self.turn_urls and not self.turn_secret.get_secret_value():
            raise ValueError(f"a TURN server needs {PREFIX}TURN_SECRET as well")
        return self

    @model_validator(mode="after")
    def _unleash_needs_tokens(self) -> Self:
        for name in ("unleash_backend_token", "unleash_admin_token"):
            if self.unleash_url is not None and not getattr(self, name).get_secret_value():
                raise ValueError(f"an Unleash server needs {PREFIX}{name.upper()} as well")
        return self

    def is_trusted_proxy(self, address: str) -> bool:
        """Whether connections from this address are those of a proxy in front."""
        return _is_within(address, self.trusted_proxies)

    def secret_key(self) -> bytes:
        """The key that signs cookies and links; made on first use, readable by its owner only."""
        return _kept_secret(self.var_folder / "secret-key")


def first_problem(problem: ValidationError) -> str:
    """What is wrong with the settings, in a line for whoever starts the product."""
    first = problem.errors(include_url=False)[0]
    name = "".join(PREFIX + str(part).upper().removeprefix(PREFIX) for part in first["loc"][:1])
    return f"settings: {name}: {first['msg']}".replace(": : ", ": ").replace("Value error, ", "")


def settings_or_exit(program: str) -> Settings:
    """The settings of a program; a wrong value ends it, with exit code 1 and one line."""
    try:
        return Settings()
    except ValidationError as problem:
        sys.exit(f"{program}: {first_problem(problem)} (docs/configuration.md)")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        parsed = ip_address(address.split("%")[0])
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed in network for network in networks)


def _kept_secret(path: Path) -> bytes:
    """32 random bytes that stay the same from start to start, whoever asks first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(32))
    try:
        # A link appears whole or not at all: two first starts at once agree on one key.
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_bytes()
