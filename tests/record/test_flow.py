"""Flow: exact counts, and rates taken from them."""

import pytest

from sockscope.net.clock import now_ns
from sockscope.record.flow import SAMPLE_S, Flow, Meter

SECOND_NS = 1_000_000_000
SAMPLE_NS = int(SAMPLE_S * SECOND_NS)


def test_bytes_and_calls_are_counted_each_way() -> None:
    flow = Flow(Meter())
    flow.received(10, 1)
    flow.received(5, 2)
    flow.sent(7, 3)
    assert (flow.bytes_in, flow.calls_in, flow.last_in_ns) == (15, 2, 2)
    assert (flow.bytes_out, flow.calls_out, flow.last_out_ns) == (7, 1, 3)


def test_a_whole_counts_what_its_parts_count() -> None:
    meter = Meter()
    whole = Flow(meter)
    first, second = Flow(meter, whole), Flow(meter, whole)
    first.received(10, 1)
    second.received(20, 2)
    second.sent(5, 3)
    assert (whole.bytes_in, whole.calls_in, whole.bytes_out, whole.calls_out) == (30, 2, 5, 1)
    assert (first.bytes_in, second.bytes_in) == (10, 20)


def test_a_steady_flow_has_its_true_rate() -> None:
    flow = Flow(Meter())
    at_ns = SECOND_NS
    for _ in range(10):
        flow.received(1000, at_ns)
        flow.sent(50, at_ns)
        at_ns += SAMPLE_NS
        assert flow.sample(at_ns)
    assert flow.rate_in == pytest.approx(1000 / SAMPLE_S)
    assert flow.rate_out == pytest.approx(50 / SAMPLE_S)


def test_the_first_rate_after_a_pause_is_not_thinned_by_the_pause() -> None:
    flow = Flow(Meter())
    flow.received(500, SECOND_NS)
    for tick in (1, 2, 3):
        flow.sample(SECOND_NS + tick * SAMPLE_NS)
    later_ns = 3600 * SECOND_NS
    flow.received(1000, later_ns)
    flow.sample(later_ns + SAMPLE_NS)
    assert flow.rate_in == pytest.approx(1000 / (2 * SAMPLE_S))


def test_a_rate_falls_to_zero_two_samples_after_the_last_byte() -> None:
    flow = Flow(Meter())
    flow.received(1000, SECOND_NS)
    moving = [flow.sample(SECOND_NS + tick * SAMPLE_NS) for tick in (1, 2, 3)]
    assert moving == [True, True, False]
    assert (flow.rate_in, flow.rate_out) == (0, 0)


def test_the_meter_looks_only_at_flows_that_move() -> None:
    meter = Meter()
    quiet, moving = Flow(meter), Flow(meter)
    moving.received(1, now_ns())
    moving.sent(1, now_ns())
    assert meter.moving == [moving]
    for _ in range(3):
        meter.sample()
    assert meter.moving == []
    quiet.sent(1, now_ns())
    assert meter.moving == [quiet]


def test_past_rates_are_kept_for_a_drawn_flow_also_while_nothing_moves() -> None:
    meter = Meter()
    flow = Flow(meter, samples=4)
    meter.drawn.append(flow)
    assert list(flow.rates) == [0, 0, 0, 0]
    flow.received(1000, now_ns())
    for _ in range(3):
        meter.sample()
    first, second, third, fourth = flow.rates
    assert (first, fourth) == (0, 0)
    assert second > 0
    assert third > 0
    for _ in range(4):
        meter.sample()
    assert list(flow.rates) == [0, 0, 0, 0]
