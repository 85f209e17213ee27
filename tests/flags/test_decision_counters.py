from __future__ import annotations

from flags.catalogue import REACTIONS, WEB_LISTENING
from flags.context import context_of
from flags.decision_counters import Answer, Reading, Tally
from flags.gate import Gate
from tests.harness.flags import NOON, Somebody, decided, seeded_source


def test_every_reader_has_all_of_it_once() -> None:
    tally = Tally()
    chart, metrics = Reading(tally), Reading(tally)
    tally.count("a", True, None)
    assert chart.take() == {Answer("a", True, None): 1}
    tally.count("a", True, None)
    assert chart.take() == {Answer("a", True, None): 1}
    assert chart.take() == {}
    assert metrics.take() == {Answer("a", True, None): 2}


def test_what_could_not_be_delivered_comes_again() -> None:
    tally = Tally()
    reading = Reading(tally)
    tally.count("a", False, None)
    reading.give_back(reading.take())
    tally.count("a", False, None)
    assert reading.take() == {Answer("a", False, None): 2}


def test_a_gate_counts_what_it_decides() -> None:
    gate = Gate(seeded_source())
    gate.start()
    inside, outside = Somebody(), Somebody(cohort="public")
    variant = decided(gate, REACTIONS, inside).variant
    decided(gate, WEB_LISTENING, outside)
    decided(gate, "no-feature", inside)
    assert gate.tally.totals() == {
        Answer(REACTIONS, True, variant): 1,
        Answer(WEB_LISTENING, False, None): 1,
    }
    gate.close()


def test_what_is_only_weighed_is_not_counted() -> None:
    gate = Gate(seeded_source())
    gate.start()
    assert gate.weigh(WEB_LISTENING, context_of(Somebody(), NOON)).enabled
    assert gate.tally.totals() == {}
    gate.close()
