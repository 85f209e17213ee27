"""Made-up definitions and contexts: every operator, strategy and form of variants, some malformed.

The pools are small, so that constraints are often met, and each kind of value has a property of its
own in the context, so that operators mostly find what they can compare.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from flags.sources.embedded import EmbeddedSource
from flags.sources.interface import Definitions
from flags.sources.memory import MemoryStore
from tests.harness.flags import Clock

Json = dict[str, Any]

FEATURES = ("apple", "birch", "cedar", "däle")
TEXTS = [
    "a",
    "A",
    "ab",
    "Abc",
    "ÄSS",
    "äss",
    "ß",
    "ΑΣ",
    "ας",
    "1",
    'q"q',
    'q\\"',
    "b\\c",
    "c\n",
    "",
]
NUMBERS = ["5", "5.0000001", "-5", "+6", "7.", "1e1", "1E+2", "0.1", "0.10000000000000001", "1e999"]
ODD_NUMBERS = [".5", "nan", "-inf", " 5", "5 ", "1_0", "five", "٥", "1e"]
VERSIONS = ["1.2.3", "1.2.3-rc.1", "1.2.3-rc.9", "1.2.3-rc.10", "1.2.3+7", "2.0.0", "1.10.0-b"]
ODD_VERSIONS = ["v1.2.3", "1.2", "01.2.3", "1.2.3-01", "99999999999999999999.0.0", " 1.2.3"]
MOMENTS = [
    "2026-11-21T12:00:00Z",
    "2026-11-21T12:00:00.000Z",
    "2026-11-21T13:00:00+01:00",
    "2026-11-21T13:00:00.500+01:00",
    "2024-02-29T23:59:59-11:30",
    "2026-11-21T11:59:60Z",
]
ODD_MOMENTS = [
    "2026-11-21",
    "2026-02-29T00:00:00Z",
    "2026-11-21 12:00:00.000000001Z",
    "2026-11-21t12:00:00 utc",
    "+12026-1-1T0:0:0+0000",
    "-0001-01-01T00:00:00Z",
    "2026-11-21T12:00:00",
    "noon",
]
ADDRESSES = ["10.0.0.1", "10.1.2.3", "192.168.7.7", "2001:db8::1", "::ffff:10.0.0.1"]
ODD_ADDRESSES = ["010.0.0.1", "fe80::1%eth0", "10.1", "nowhere", "10.0.0.1 "]
NETWORKS = [
    *("10.0.0.1", "10.9.9.9/8", "10.0.0.0/255.255.0.0", "0.0.0.0/0", "2001:db8::/32", "::/0"),
    *("192.168.7.0/+24", "10.0.0.0/08"),
]
ODD_NETWORKS = [
    *("10.0.0.0/33", "10.0.0.0/0.255.255.255", "10.0.0.0/255.0.255.0", "10.0.0.1/", "10.0.0.0/8/8"),
    *("2001:db8::/129", "2001:db8::/ffff::", "nowhere", "10.0.0.0/-1"),
]
EXPRESSIONS = [
    r"^a",
    r"(?i)ABC$",
    r"\bab\b",
    r"^[[:alpha:]]+$",
    r"^\d+$",
    r"^$",
    r"a|ß",
    r'q"',
    ".",
]
ODD_EXPRESSIONS = ["(a", r"(a)\1", "a(?=b)", "", "a\\", "*"]
PERCENTS = ["0", "1", "25", "50", "75", "99", "100", "050", "+50"]
ODD_PERCENTS = ["101", "-1", "55.5", "", "all"]
GROUPS = ["g", "h", "apple", ""]
STICKY = ["default", "userId", "sessionId", "text", "remoteAddress", "currentTime", "nothing"]

KINDS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "text": (TEXTS, TEXTS, []),
    "num": (NUMBERS, NUMBERS, ODD_NUMBERS),
    "ver": (VERSIONS, VERSIONS, ODD_VERSIONS),
    "when": (MOMENTS, MOMENTS, ODD_MOMENTS),
    "ip": (ADDRESSES, NETWORKS, [*ODD_ADDRESSES, *ODD_NETWORKS]),
}
"""By property: what people have there, what constraints want of it, and what is odd about both."""

OPERATORS = {
    "text": ["IN", "NOT_IN", "STR_CONTAINS", "STR_STARTS_WITH", "STR_ENDS_WITH", "REGEX"],
    "num": ["NUM_EQ", "NUM_GT", "NUM_GTE", "NUM_LT", "NUM_LTE"],
    "ver": ["SEMVER_EQ", "SEMVER_GT", "SEMVER_LT", "SEMVER_GTE", "SEMVER_LTE"],
    "when": ["DATE_AFTER", "DATE_BEFORE"],
    "ip": ["IN_CIDR"],
}
LISTED = {"IN", "NOT_IN", "STR_CONTAINS", "STR_STARTS_WITH", "STR_ENDS_WITH", "IN_CIDR"}
FIELD = {
    "text": "userId",
    "num": "sessionId",
    "ver": "ver",
    "when": "currentTime",
    "ip": "remoteAddress",
}


def mostly(usual: list[str], odd: list[str]) -> st.SearchStrategy[str]:
    """One of the usual ones, and now and then an odd one."""
    return st.integers(0, 14).flatmap(lambda n: st.sampled_from(odd if odd and n == 0 else usual))


@st.composite
def constraints(draw: st.DrawFn) -> Json:
    kind = draw(st.sampled_from(list(OPERATORS)))
    operator = draw(st.sampled_from(OPERATORS[kind]))
    if draw(st.integers(0, 30)) == 0:
        operator = draw(st.sampled_from(["NUM_GT", "DATE_AFTER", "SEMVER_EQ", "SOUNDS_LIKE"]))
    wanted, odd = KINDS[kind][1:]
    if operator == "REGEX":
        wanted, odd = EXPRESSIONS, ODD_EXPRESSIONS
    names = [kind, kind, kind, FIELD[kind], "nothing", "environment"]
    rule: Json = {"contextName": draw(st.sampled_from(names)), "operator": operator}
    if operator in LISTED:
        least = 0 if draw(st.integers(0, 9)) == 0 else 1
        rule["values"] = draw(st.lists(mostly(wanted, odd), min_size=least, max_size=4))
    else:
        rule["value"] = draw(mostly(wanted, odd))
    for flag in ("inverted", "caseInsensitive"):
        if draw(st.booleans()):
            rule[flag] = draw(st.booleans())
    return rule


def some(of: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[list[Any]]:
    return st.lists(of, max_size=most)


parameters = st.fixed_dictionaries(
    {},
    optional={
        "rollout": mostly(PERCENTS, ODD_PERCENTS),
        "percentage": mostly(PERCENTS, ODD_PERCENTS),
        "stickiness": mostly(STICKY, ["random", 'a"b']),
        "groupId": mostly(GROUPS, ['a"b', "a\\"]),
        "userIds": st.lists(st.sampled_from(TEXTS), max_size=4).map(", ".join),
        "IPs": st.lists(mostly(NETWORKS, ODD_NETWORKS), max_size=3).map(" ,".join),
        "hostNames": st.just("localhost"),
    },
)
kinds = mostly(
    [
        *("default", "flexibleRollout", "flexibleRollout", "flexibleRollout", "userWithId"),
        *("remoteAddress", "gradualRolloutUserId", "gradualRolloutSessionId"),
    ],
    ["gradualRolloutRandom", "applicationHostname", "homegrown"],
)
overrides = st.fixed_dictionaries(
    {
        "contextName": st.sampled_from(["userId", "text", "currentTime", "nothing"]),
        "values": some(st.sampled_from(TEXTS)),
    }
)


def variants(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Json]]:
    """Weights never add up to nothing: that makes the engine panic, and has a test of its own."""
    weights = st.sampled_from([0, 1, 100, 333, 500, 1000])
    made = st.lists(st.fixed_dictionaries({"weight": weights}, optional=more), max_size=4)
    weighed = made.filter(lambda them: not them or sum(one["weight"] for one in them) > 0)
    return weighed.map(lambda them: [{"name": f"v{n}", **one} for n, one in enumerate(them)])


strategies = st.fixed_dictionaries(
    {"name": kinds, "parameters": parameters},
    optional={
        "constraints": some(constraints()),
        "segments": some(mostly(["1", "2", "3"], ["9"]).map(int)),
        "variants": variants(stickiness=st.sampled_from(STICKY)),
    },
)
dependencies = st.fixed_dictionaries(
    {"feature": st.sampled_from([*FEATURES[:2], *FEATURES, "ghost"])},
    optional={"enabled": st.booleans(), "variants": some(st.sampled_from(["v0", "v1", "v2"]))},
)


@st.composite
def features(draw: st.DrawFn, name: str, parents: bool) -> Json:
    feature: Json = {
        "name": name,
        "enabled": draw(st.integers(0, 9)) > 0,
        "strategies": draw(st.lists(strategies, max_size=3)),
    }
    if draw(st.booleans()):
        feature["variants"] = draw(
            variants(stickiness=mostly(STICKY, ["random"]), overrides=some(overrides))
        )
    if parents:
        feature["dependencies"] = draw(some(dependencies))
    return feature


@st.composite
def documents(draw: st.DrawFn) -> Json:
    """Four features, of which the last two may have parents, and three segments."""
    segments = [
        {"id": n, "name": f"segment {n}", "constraints": draw(some(constraints()))}
        for n in (1, 2, 3)
    ]
    made = [draw(features(name, parents=n > 1)) for n, name in enumerate(FEATURES)]
    return {"version": 2, "features": made, "segments": segments}


splitting = st.fixed_dictionaries(
    {
        "name": st.just("flexibleRollout"),
        "parameters": st.fixed_dictionaries(
            {"rollout": st.sampled_from(["40", "60", "100"])},
            optional={
                "stickiness": st.sampled_from(["userId", "sessionId", "text"]),
                "groupId": st.sampled_from(GROUPS),
            },
        ),
    },
    optional={"variants": variants(stickiness=st.sampled_from(["userId", "sessionId", "text"]))},
)


@st.composite
def families(draw: st.DrawFn) -> Json:
    """A parent and its child, without anything malformed: percentages, variants and wishes."""
    wish = draw(
        st.fixed_dictionaries(
            {"feature": st.just(FEATURES[0])},
            optional={
                "enabled": st.sampled_from([True, True, False]),
                "variants": st.lists(st.sampled_from(["v0", "v1"]), max_size=1),
            },
        )
    )
    made = [
        {
            "name": name,
            "enabled": True,
            "strategies": draw(st.lists(splitting, max_size=2)),
            "variants": draw(variants(stickiness=st.sampled_from(STICKY[:5]))),
            "dependencies": [wish] if name == FEATURES[1] else [],
        }
        for name in FEATURES[:2]
    ]
    return {"version": 2, "features": made}


contexts = st.fixed_dictionaries(
    # Else the clock is read, and has gone on between two looks at it.
    {"currentTime": mostly(MOMENTS, ODD_MOMENTS)},
    optional={
        "userId": st.sampled_from(TEXTS),
        "sessionId": st.one_of(st.sampled_from(TEXTS), mostly(NUMBERS, ODD_NUMBERS)),
        "remoteAddress": mostly(ADDRESSES, ODD_ADDRESSES),
        "environment": st.sampled_from(TEXTS),
        "ver": mostly(VERSIONS, ODD_VERSIONS),
        "properties": st.fixed_dictionaries(
            {},
            optional={
                **{kind: mostly(had, odd) for kind, (had, _, odd) in KINDS.items()},
                # Names of the context's own fields, in the wrong place.
                "userId": st.sampled_from(TEXTS),
                "sessionId": st.sampled_from(TEXTS),
                "remoteAddress": mostly(ADDRESSES, ODD_ADDRESSES),
            },
        ),
    },
)


NAMED = [
    {"userId": f"u{n}", "sessionId": f"s{n % 7}", "properties": {"text": f"t{n % 5}"}}
    for n in range(20)
]
"""People who have something to stick to, whatever it is."""


class Given(EmbeddedSource):
    """A source whose document is given, and may be exchanged."""

    def __init__(self, document: Json) -> None:
        super().__init__(MemoryStore(), Clock())
        self.document = document

    def definitions(self) -> Definitions:
        return Definitions(1, self.document)
