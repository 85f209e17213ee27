"""The E-model against the values that the ITU prints."""

from __future__ import annotations

import pytest

from media.emodel import BAD, CODECS, delay_impairment, loss_impairment, mean_opinion, score


@pytest.mark.parametrize(
    ("r", "mos"),
    [(90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58), (93.2, 4.41), (0, 1), (100, 4.5)],
)
def test_opinions_are_those_of_the_table(r: float, mos: float) -> None:
    """G.107 Annex B, Table B.1, and the default R of 93.2."""
    assert mean_opinion(r) == pytest.approx(mos, abs=0.01)


@pytest.mark.parametrize(
    ("delay", "lost"), [(0, 0), (100, 0), (150, 0.16), (200, 3.04), (300, 14.76), (400, 24.07)]
)
def test_delay_costs_what_the_curve_says(delay: float, lost: float) -> None:
    """G.107 (7-27): the curve that G.114 draws in its Figure 1."""
    assert delay_impairment(delay) == pytest.approx(lost, abs=0.02)


@pytest.mark.parametrize(
    ("codec", "percent", "lost"),
    [
        ("pcmu", 0, 0),
        ("pcmu", 1, 3.6),
        ("pcmu", 5, 15.8),
        ("opus", 1, 8.6),
        ("opus", 10, 47.5),
        ("opus", 100, 86.4),
    ],
)
def test_loss_costs_by_how_a_codec_bears_it(codec: str, percent: float, lost: float) -> None:
    assert loss_impairment(percent / 100, CODECS[codec]) == pytest.approx(lost, abs=0.05)


def test_losses_in_a_row_are_worse_than_the_same_here_and_there() -> None:
    opus = CODECS["opus"]
    assert loss_impairment(0.1, opus, burst_ratio=2) > loss_impairment(0.1, opus) + 10


@pytest.mark.parametrize(
    ("loss", "buffer_ms", "round_trip_ms", "mos"),
    [
        (0, 0, 0, 4.41),
        (0, 60, 30, 4.41),
        (0.01, 60, 30, 4.18),
        (0.02, 60, 30, 3.92),
        (0.05, 60, 30, 3.19),
        (0.10, 60, 30, 2.37),
        (0, 300, 200, 3.46),
        (1, 60, 30, 1.0),
    ],
)
def test_scores(loss: float, buffer_ms: float, round_trip_ms: float, mos: float) -> None:
    found = score(loss, buffer_ms=buffer_ms, round_trip_ms=round_trip_ms)
    assert found == pytest.approx(mos, abs=0.02)


def test_delay_is_nothing_to_who_only_listens() -> None:
    assert score(0, buffer_ms=6000, conversational=False) == score(0)
    assert score(0, buffer_ms=6000) < BAD


def test_nothing_measured_leads_out_of_the_scale() -> None:
    for loss in (-0.5, 0, 0.5, 1, 7):
        for delay in (0, 99, 100, 101, 10_000, 1e9):
            assert 1 <= score(loss, buffer_ms=delay, round_trip_ms=delay) <= 4.5
    assert score(0.02, codec="Made-Up/1") == score(0.02, codec="OPUS")
