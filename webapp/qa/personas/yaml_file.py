"""Personas as a YAML file, to be read and changed by hand. No I/O.

Every value is taken as the text that stands there: NO is a country and no "false".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from pydantic import ValidationError

from webapp.qa.personas.schema import KNOWN, Expected, Persona

HEAD = """\
# Made-up people, and what each feature should be for them: `flask qa matrix` checks it.
# expected: open, closed, or {variant: name}; a feature that is not named is not checked.
"""
LINE_ENDS = re.compile("[\n\r\x85\u2028\u2029]")
OPEN, CLOSED = "open", "closed"


class BadSheet(ValueError):
    """What is wrong with a file of personas, in a line."""


class _Texts(yaml.BaseLoader):
    """Values as texts; a name that is given twice is an error, not the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = Counter(key.value for key, _ in node.value)
        twice = [name for name, times in names.items() if times > 1]
        if twice:
            raise BadSheet(f"line {node.start_mark.line + 1}: {twice[0]} is there twice")
        return super().construct_mapping(node, deep)


class _Writer(yaml.SafeDumper):
    """Writes every text so that the same is read again."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        # YAML 1.1 folds these line ends into blanks in every style but this one.
        style = '"' if LINE_ENDS.search(text) else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style)


_Writer.add_representer(str, _Writer.represent_text)


def read(text: str) -> list[Persona]:
    """The personas in a file, in its order. Raises BadSheet."""
    try:
        content = yaml.load(text, _Texts)  # noqa: S506  # makes texts, lists and mappings only
    except yaml.YAMLError as error:
        raise BadSheet(" ".join(str(error).split())) from None
    listed = content.get("personas") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise BadSheet("there is no list `personas`")
    personas = [_persona(number, given) for number, given in enumerate(listed, start=1)]
    names = Counter(persona.name for persona in personas)
    twice = [name for name, times in names.items() if times > 1]
    if twice:
        raise BadSheet(f"there are two personas called {twice[0]}")
    by_id: dict[str, Persona] = {}
    for persona in personas:
        other = by_id.setdefault(persona.id, persona)
        if other is not persona:
            raise BadSheet(f"{other.name} and {persona.name} have the same id: {persona.id}")
    return personas


def written(personas: Iterable[Persona]) -> str:
    """The text of a file with these personas."""
    content = {"personas": [_given(persona) for persona in personas]}
    body: str = yaml.dump(content, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100)
    return HEAD + body


def _persona(number: int, given: Any) -> Persona:
    if not isinstance(given, dict):
        raise BadSheet(f"persona {number} is not a mapping")
    where = f"persona {number} ({given.get('name', 'without a name')})"
    content = dict(given)
    properties = _mapping(content.pop("properties", {}), f"{where}: properties")
    expected = _mapping(content.pop("expected", {}), f"{where}: expected")
    if "time" in content:
        content["at"] = content.pop("time")
    content["others"] = {name: value for name, value in properties.items() if name not in KNOWN}
    content |= {name: value for name, value in properties.items() if name in KNOWN}
    told = ((key, _expected(value, f"{where}: {key}")) for key, value in expected.items())
    content["expected"] = dict(told)
    try:
        return Persona.model_validate(content)
    except ValidationError as error:
        raise BadSheet(f"{where}: {first_problem(error)}") from None


def first_problem(error: ValidationError) -> str:
    """The first thing that is wrong, with where it is."""
    issue = error.errors()[0]
    return f"{'.'.join(map(str, issue['loc'])) or 'it'}: {issue['msg']}"


def _mapping(given: Any, where: str) -> Mapping[str, Any]:
    if given == "":
        return {}
    if not isinstance(given, dict):
        raise BadSheet(f"{where} is not a mapping")
    return given


def _expected(value: Any, where: str) -> Expected:
    if value in (OPEN, CLOSED):
        return Expected(enabled=value == OPEN)
    if isinstance(value, dict) and list(value) == ["variant"] and value["variant"]:
        return Expected(enabled=True, variant=str(value["variant"]))
    raise BadSheet(f"{where} is neither open nor closed nor {{variant: name}}")


def _given(persona: Persona) -> dict[str, Any]:
    properties = {name: getattr(persona, name) for name in KNOWN} | persona.others
    given = {
        "name": persona.name,
        "description": persona.description,
        "id": persona.id,
        "time": persona.at.isoformat() if persona.at else None,
        "properties": {name: value for name, value in properties.items() if value is not None},
        "expected": {key: _told(each) for key, each in persona.expected.items()},
    }
    return {name: value for name, value in given.items() if value}


def _told(expected: Expected) -> str | dict[str, str]:
    if expected.variant is not None:
        return {"variant": expected.variant}
    return OPEN if expected.enabled else CLOSED
