"""Exact statistics of rates: binomial tails, upper confidence bounds and the share of each test in a family's α."""

import math

TINY = 1e-300
PRECISION = 1e-15
STEPS = 10_000
HALVINGS = 50


def at_least(count: int, trials: int, rate: float) -> float:
    """P(X ≥ `count`) in 0–1 for X binomial with `trials` ≥ 0 and `rate` in 0–1; 1 for a count of 0 or less."""
    if count <= 0:
        return 1.0
    if count > trials or rate <= 0:
        return 0.0
    return 1.0 if rate >= 1 else incomplete_beta(count, trials - count + 1, rate)


def upper_bound(count: int, trials: int, alpha: float) -> float:
    """The rate in (0, 1] that the true rate exceeds with a chance of at most `alpha` (Clopper & Pearson 1934).

    It is never 0, however large `trials` is, and 1 without trials. Raises ValueError when count > trials.
    """
    if not 0 <= count <= trials:
        raise ValueError(f"{count} of {trials} is no rate: the count must lie between 0 and the trials")
    if count == trials:
        return 1.0
    low, high = count / trials, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        few = 1 - at_least(count + 1, trials, middle)
        low, high = (middle, high) if few > alpha else (low, middle)
    return high


def most_by_chance(trials: int, rate: float, alpha: float) -> int:
    """The largest count of `trials` that chance explains at `rate`: more come with a chance of at most `alpha`."""
    low, high = -1, trials
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if at_least(middle + 1, trials, rate) <= alpha else (middle, high)
    return high


def each_of(alpha: float, tests: int) -> float:
    """What each of `tests` tests may spend so that all of them together keep to `alpha` (Bonferroni 1936)."""
    return alpha / max(1, tests)


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b) for a, b > 0 and x in 0–1.

    Good to 13 digits for small a + b and to 8 for a million.

    Evaluated by its continued fraction in Lentz's form (Lentz 1976; Thompson & Barnett 1986).
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / a / _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction that divides the front factor."""
    value, c, d = 1.0, 1.0, 0.0
    for step in range(1, STEPS):
        term = _term(a, b, x, step)
        d = 1 / _not_zero(1 + term * d)
        c = _not_zero(1 + term / c)
        value *= c * d
        if abs(1 - c * d) < PRECISION:
            return value
    raise ArithmeticError(f"the incomplete beta function of ({a}, {b}, {x}) did not converge in {STEPS} steps")


def _term(a: float, b: float, x: float, step: int) -> float:
    m = (step + 1) // 2
    if step % 2:
        return -(a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))


def _not_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
