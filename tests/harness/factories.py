"""The web app on a database of its own, and people who use its pages as a browser does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.settings import Settings
from tests.harness.flags import Clock
from tests.harness.template_database import copy_template
from webapp.accounts.authentication import COOKIE
from webapp.accounts.models import Person
from webapp.accounts.service import Accounts
from webapp.accounts.user_agent import Device
from webapp.app.factory import core_of, create_app
from webapp.app.services import Core

BASE_URL = "http://127.0.0.1:5000"
HOST = "127.0.0.1"
SOMEWHERE = "203.0.113.7"
"""An address that is not this machine."""

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Control:
    """A form's button, or a link: what can be pressed."""

    name: str
    attributes: dict[str, str | None]
    form: Form | None


@dataclass
class Entry:
    """One thing to be filled in: an input, a choice with its options, or a longer text."""

    name: str
    kind: str
    value: str = ""
    checked: bool = False
    options: list[str] = field(default_factory=list)
    attributes: dict[str, str | None] = field(default_factory=dict)

    @property
    def is_tick(self) -> bool:
        return self.kind in ("checkbox", "radio")

    @property
    def is_editable(self) -> bool:
        """Whether somebody can fill it in, as text or by choosing."""
        kept = {"hidden", "readonly"} & self.attributes.keys()
        return self.kind not in ("hidden", "file", "submit") and not kept


@dataclass
class Form:
    """Where a form goes, and what it carries unless something is filled in."""

    action: str
    method: str = "get"
    fields: dict[str, str | list[str]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def take(self, attributes: dict[str, str | None]) -> None:
        """One input of it: ticks only where they are set, and several of one name as a list."""
        name, value = attributes.get("name"), attributes.get("value") or ""
        kind = attributes.get("type") or "text"
        if not name:
            return
        checked = "checked" in attributes
        self.entries.append(Entry(name, kind, value, checked, attributes=attributes))
        if kind in ("checkbox", "radio") and not checked:
            return
        before = self.fields.get(name)
        if before is None or kind == "radio":
            self.fields[name] = value
        else:
            self.fields[name] = [*([before] if isinstance(before, str) else before), value]


class Page(HTMLParser):
    """What somebody can do on a page, found by the names that a screen reader says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.controls: list[Control] = []
        self.headings: list[str] = []
        self.labels: dict[str, str] = {}
        self.inputs: dict[str, dict[str, str | None]] = {}
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._by_id: dict[str, Form] = {}
        self._entry: Entry | None = None
        self._open: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.feed(text)

    def named(self, name: str) -> Control:
        """The one control of that name."""
        found = [control for control in self.controls if control.name == name]
        assert len(found) == 1, (name, [control.name for control in self.controls])
        return found[0]

    def field_labelled(self, label: str) -> dict[str, str | None]:
        """The attributes of the input with that label."""
        return self.inputs[self.labels[label]]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self._form = Form(attributes.get("action") or "", attributes.get("method") or "get")
            self.forms.append(self._form)
            if identity := attributes.get("id"):
                self._by_id[identity] = self._form
        elif tag == "input":
            self.inputs[attributes.get("id") or ""] = attributes
            if form := self._form_of(attributes):
                form.take(attributes)
        elif tag in ("select", "textarea"):
            self._open_entry(tag, attributes)
        elif tag == "option" and self._entry:
            self._take_option(attributes)
        elif tag in ("button", "a", "h1", "label"):
            self._open.append((tag, attributes, []))

    def handle_data(self, data: str) -> None:
        for _, _, texts in self._open:
            texts.append(data)
        if self._entry is None:
            return
        if self._entry.kind == "textarea":
            self._entry.value += data
        elif self._entry.options and self._entry.options[-1] == UNNAMED:
            self._entry.options[-1] = data
            if self._entry.checked and self._entry.value == UNNAMED:
                self._entry.value = data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag in ("select", "textarea"):
            self._close_entry()
        if not self._open or self._open[-1][0] != tag:
            return
        _, attributes, texts = self._open.pop()
        name = attributes.get("aria-label") or " ".join("".join(texts).split())
        if tag == "h1":
            self.headings.append(name)
        elif tag == "label":
            self.labels[name] = attributes.get("for") or ""
        else:
            self.controls.append(Control(name, attributes, self._form if tag == "button" else None))

    def _form_of(self, attributes: dict[str, str | None]) -> Form | None:
        return self._by_id.get(attributes.get("form") or "") or self._form

    def _open_entry(self, tag: str, attributes: dict[str, str | None]) -> None:
        self._entry = Entry(attributes.get("name") or "", tag, attributes=attributes)
        if (form := self._form_of(attributes)) and self._entry.name:
            form.entries.append(self._entry)

    def _take_option(self, attributes: dict[str, str | None]) -> None:
        """The first one is chosen until another one says that it is."""
        assert self._entry is not None
        value = attributes.get("value")
        self._entry.options.append(UNNAMED if value is None else value)
        if "selected" in attributes or len(self._entry.options) == 1:
            self._entry.value, self._entry.checked = self._entry.options[-1], True

    def _close_entry(self) -> None:
        entry, self._entry = self._entry, None
        if entry and entry.kind == "textarea":
            # HTML leaves out one line end at the beginning.
            entry.value = entry.value.removeprefix("\n")


UNNAMED = "\0"
"""An option without a value of its own: its text is the value."""


class Visitor:
    """Somebody with a browser: keeps cookies, reads pages, presses buttons."""

    def __init__(self, app: Flask, address: str = SOMEWHERE, language: str = "en") -> None:
        self.client: FlaskClient = app.test_client()
        self.address = address
        self._headers = {
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Language": language,
            "User-Agent": FIREFOX,
        }

    def get(self, path: str, **options: Any) -> TestResponse:
        """Opens an address."""
        return self.open("GET", path, **options)

    def open(self, method: str, path: str, **options: Any) -> TestResponse:
        """Any request, as this browser sends it."""
        from_here = {"Sec-Fetch-Site": "none" if method in ("GET", "HEAD") else "same-origin"}
        headers = self._headers | from_here | options.pop("headers", {})
        return self.client.open(
            path,
            method=method,
            base_url=BASE_URL,
            headers=headers,
            environ_overrides={"REMOTE_ADDR": self.address},
            buffered=True,
            **options,
        )

    def press(self, path: str, name: str, /, **filled: str | list[str]) -> TestResponse:
        """Opens `path`, fills the form of the button `name`, and presses it."""
        return self.press_on(self.get(path), name, **filled)

    def press_on(self, page: TestResponse, name: str, /, **filled: str | list[str]) -> TestResponse:
        """The same on a page that is open already."""
        control = Page(page.text).named(name)
        assert control.form is not None
        return self.open("POST", control.form.action, data=control.form.fields | filled)

    @property
    def cookie(self) -> str | None:
        """The login cookie, if there is one."""
        found = self.client.get_cookie(COOKIE, domain=HOST)
        return found.value if found else None

    @cookie.setter
    def cookie(self, value: str) -> None:
        self.client.set_cookie(COOKIE, value, domain=HOST)


@dataclass
class House:
    """The app, its parts and its clock."""

    app: Flask
    core: Core
    clock: Clock

    @property
    def accounts(self) -> Accounts:
        return self.core.accounts

    def person(self, name: str = "Ana", cohort: str = "alpha", **more: Any) -> Person:
        """Somebody who has joined."""
        return self.accounts.people.add(name, cohort, **more)

    def stranger(self, address: str = SOMEWHERE, language: str = "en") -> Visitor:
        """A browser in which nobody is signed in."""
        return Visitor(self.app, address, language)

    def signed_in(self, person: Person | None = None) -> Visitor:
        """A browser of somebody who has joined."""
        visitor = self.stranger()
        with self.core.db.session() as db_session:
            entered = self.accounts.logins.begin(
                db_session, person or self.person(), Device("Firefox, Linux", "desktop")
            )
        visitor.cookie = entered.cookie
        return visitor


@contextmanager
def house(folder: Path, **settings: Any) -> Iterator[House]:
    """An app over a fresh database in `folder`, with a clock of its own; not started: no gate is
    open, and there is no sound."""
    clock = Clock()
    given = {"var_folder": folder, "base_url": BASE_URL, **settings}
    copy_template(folder, **settings)
    app = create_app(Settings.model_validate(given), clock=clock)
    core = core_of(app)
    try:
        yield House(app, core, clock)
    finally:
        core.runtime.stop()
        core.db.close()
