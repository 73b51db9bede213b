"""A few thousand damaged payloads for every change, and that the fuzzer would see what must not be."""

import json
from collections.abc import Callable

import pytest

from shared.contracts.malformed import Malformed
from tests.fuzz import running
from tests.fuzz.__main__ import main
from tests.fuzz.campaign import batches, campaign, shared_out
from tests.fuzz.mutation import Mutator, Seed
from tests.fuzz.parser import Parser
from tests.fuzz.parsers import PARSERS
from tests.fuzz.spans import spans_of

INPUTS = 5_000
SEED = Seed(b'{"a": [1, "x"], "b": {"c": null}}', "json")


def test_damaged_payloads_bring_out_values_and_malformed_alone() -> None:
    tallies = campaign(INPUTS, seed=7)
    assert [problem.error for tally in tallies.values() for problem in tally.problems] == []
    assert all(tally.inputs for tally in tallies.values())


@pytest.mark.parametrize("name", PARSERS)
def test_what_a_parser_begins_with_is_understood(name: str) -> None:
    """At least one seed is: otherwise all that is made of it would be refused at the first look."""
    tally = running.Tally()
    seeds = PARSERS[name].seeds()
    with running.watched():
        for seed in seeds:
            running.run_one(name, seed.body, tally)
    assert [problem.error for problem in tally.problems] == []
    assert tally.refused < len(seeds)


def _raises(error: type[Exception]) -> Callable[[bytes], None]:
    def read(body: bytes) -> None:
        raise error("because")

    return read


def _hangs(_: bytes) -> None:
    while True:
        pass


def _mumbles(_: bytes) -> None:
    raise Malformed("")


@pytest.mark.parametrize(
    ("read", "error"),
    [
        (_raises(KeyError), "KeyError"),
        (_raises(RecursionError), "RecursionError"),
        (_raises(MemoryError), "MemoryError"),
        (_mumbles, "AssertionError"),
        (_hangs, "Hang: more than 0.05 s"),
    ],
)
def test_whatever_must_not_come_out_is_a_problem(
    read: Callable[[bytes], None], error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PARSERS, "broken", Parser("broken", read, lambda: [SEED], 1))
    monkeypatch.setattr(running, "HANG_SECONDS", 0.05)
    tally = running.Tally()
    with running.watched():
        running.run_one("broken", b"x", tally)
    (problem,) = tally.problems
    assert (problem.parser, problem.body) == ("broken", b"x")
    assert problem.error.startswith(error)


def test_the_pieces_of_json_are_its_keys_values_and_members() -> None:
    pieces = {SEED.body[start:end] for start, end in spans_of(SEED.body, "json")}
    assert {b'"a"', b"1", b'[1, "x"]', b'"a": [1, "x"]', b'"c": null', b'{"c": null}', SEED.body} <= pieces


def test_damage_differs_from_the_seed_and_is_the_same_again() -> None:
    first, again = (list(_drawn(4)) for _ in range(2))
    assert first == again
    assert len(set(first)) > 0.8 * len(first)
    assert sum(body != SEED.body for body in first) > 0.98 * len(first)
    repeated = [body for body in first if body.count(b'"c": null') > 1]
    assert repeated, "no key is ever there twice"


def _drawn(number: int) -> list[bytes]:
    mutator = Mutator([SEED], [SEED], running.chance_of(1, "json", number))
    return [mutator.draw() for _ in range(500)]


def test_every_parser_gets_its_share_in_batches() -> None:
    counts = shared_out(100_000)
    assert counts.keys() == PARSERS.keys()
    assert abs(sum(counts.values()) - 100_000) < len(counts)
    given = dict.fromkeys(counts, 0)
    for name, _, _, count in batches(counts, seed=1):
        given[name] += count
    assert given == counts


def test_the_command_says_what_came_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--inputs", "300", "--only", "strict/json", "--jobs", "0", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["inputs"], told["unexpected"], told["found"]) == (300, 0, [])
    assert told["parsers"]["strict/json"]["refused"] > 100
