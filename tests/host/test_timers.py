"""Timer triggers: when they are due, what they are told, and what a failure changes."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from local.host.functions import RetryPolicy
from local.host.timers import next_occurrence
from tests.host.harness import App, eventually

SOURCE = """
@app.timer_trigger(arg_name="t", schedule="%EVERY_SECOND%")
def often(t: func.TimerRequest) -> None:
    note(timer="often", status=t.schedule_status)
    raise ValueError("the schedule goes on")

@app.timer_trigger(arg_name="t", schedule="0 0 0 1 1 *", run_on_startup=True)
def yearly(t: func.TimerRequest) -> None:
    note(timer="yearly", status=t.schedule_status, due=t.past_due, schedule=t.schedule)

@app.timer_trigger(arg_name="t", schedule="0 0 0 1 1 *")
@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")
async def stubborn(t: func.TimerRequest, context: func.Context) -> None:
    note(timer="stubborn", retry=context.retry_context.retry_count, limit=context.retry_context.max_retry_count)
    raise ValueError("never")
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = App(tmp_path_factory.mktemp("timers"), SOURCE, EVERY_SECOND="* * * * * *")
    yield app
    app.child.stop()


def runs(app: App, timer: str) -> list[dict[str, object]]:
    return [entry for entry in app.seen if entry["timer"] == timer]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 */5 * * * *", "2026-03-01T00:05:00+00:00"),
        ("*/10 * * * * *", "2026-03-01T00:00:10+00:00"),
        ("*/5 * * * *", "2026-03-01T00:05:00+00:00"),
        ("0 30 9 * * Mon-Fri", "2026-03-02T09:30:00+00:00"),
    ],
)
def test_a_schedule_is_due_at_its_next_time(expression: str, expected: str) -> None:
    assert next_occurrence(expression, datetime(2026, 3, 1, tzinfo=UTC)).isoformat() == expected


def test_day_of_month_and_day_of_week_must_both_match() -> None:
    friday_13th = next_occurrence("0 0 0 13 * Fri", datetime(2026, 4, 1, tzinfo=UTC))
    assert friday_13th.isoformat() == "2026-11-13T00:00:00+00:00"


def test_run_on_startup_runs_at_once_and_tells_last_and_next(app: App) -> None:
    first = eventually(lambda: runs(app, "yearly"))[0]
    status = first["status"]
    assert isinstance(status, dict)
    assert (first["due"], first["schedule"]) == (False, {"AdjustForDST": True})
    assert status["Last"].startswith("0001-01-01")
    assert status["Next"].endswith("-01-01T00:00:00+00:00")


def test_a_failing_timer_keeps_its_schedule_and_one_below_a_minute_has_no_status(app: App) -> None:
    assert eventually(lambda: runs(app, "often")[1:])[0]["status"] == {}


def test_an_administrator_runs_a_timer_now(app: App) -> None:
    before = len(runs(app, "yearly"))
    assert requests.post(f"{app.url}/admin/functions/yearly", json={"input": ""}, timeout=5).status_code == 202
    assert eventually(lambda: len(runs(app, "yearly")) > before)


def test_an_unknown_timer_is_a_404_that_lists_the_timers(app: App) -> None:
    answer = requests.post(f"{app.url}/admin/functions/hourly", timeout=5)
    assert answer.status_code == 404
    assert "often, yearly, stubborn" in answer.text


def test_a_retry_policy_invokes_again_and_tells_the_function_the_count(app: App) -> None:
    requests.post(f"{app.url}/admin/functions/stubborn", timeout=5)
    tried = eventually(lambda: runs(app, "stubborn")[2:] and runs(app, "stubborn"))
    assert [(run["retry"], run["limit"]) for run in tried] == [(0, 2), (1, 2), (2, 2)]


def test_an_exponential_delay_doubles_within_its_bounds() -> None:
    policy = RetryPolicy(limit=-1, minimum=1.0, maximum=5.0, exponential=True)
    assert policy.allows(1_000)
    assert 0.8 <= policy.delay(1) <= 1.2
    assert 1.6 <= policy.delay(2) <= 2.4
    assert policy.delay(10) == 5.0
