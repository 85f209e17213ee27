"""Where definitions come from, as the settings say. Imports what a source needs only when it is the
one: a command that turns a feature off must not wait for the rest of the product."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from config.settings import Settings
from flags.sources.embedded import DefinitionStore, EmbeddedSource


def source_of(
    settings: Settings, store: DefinitionStore, clock: Callable[[], datetime]
) -> EmbeddedSource:
    """Unleash when one is configured, else the definitions in our own database."""
    if settings.unleash_url is None:
        return EmbeddedSource(store, clock)
    from flags.sources.unleash.admin_api import UnleashApi
    from flags.sources.unleash.source import UnleashSource

    api = UnleashApi(
        settings.unleash_url,
        settings.unleash_admin_token.get_secret_value(),
        settings.unleash_backend_token.get_secret_value(),
        settings.unleash_prefix,
        settings.unleash_timeout,
    )
    return UnleashSource(api, store, clock)
