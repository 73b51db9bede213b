"""Tier 1, change: whether a window differs from the reference at all, with a known rate of false alarms."""

from dataclasses import dataclass

import numpy as np

from shared.monitoring.calibration import Reference
from shared.monitoring.frames import SCORES
from shared.monitoring.profiles import Profile
from shared.monitoring.strength import SINGLES, Floats, effects, strengths, sums_of

SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How sure (`alpha`, the chance of a false alarm per run) and how large a change must be to be told.

    `minimum_effect` is a share of rows (0–1), `minimum_correlation` a change of correlation (0–2).
    """

    alpha: float = 0.01
    minimum_effect: float = 0.02
    minimum_correlation: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One aspect that changed: of one column, or the dependence of two.

    `strength` is 1 where one to four unchanged windows in a hundred get; `effect` is that of `strength.effects`.
    """

    aspect: str
    columns: tuple[str, ...]
    strength: float
    effect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Whether the window differs; `p_value` is the chance of a difference this strong anywhere if nothing changed.

    `sufficient` is false when the window is smaller than the smallest calibrated. Information only: a change that
    harms nothing is no reason to act.
    """

    changed: bool
    p_value: float
    alpha: float
    rows: int
    sufficient: bool
    findings: tuple[Finding, ...]


def change_of(reference: Reference, window: Profile, sensitivity: Sensitivity | None = None) -> Change:
    """Test one window against the reference: the strongest standardised difference against what chance comes to.

    The maximum over all aspects and its permutation distribution keep the family-wise error (Westfall & Young 1993).
    Raises ValueError when the window was counted in another frame or is empty, or when too few splits were drawn for α.
    """
    asked = sensitivity or Sensitivity()
    _comparable(reference, window)
    calibration = reference.calibration(window.rows)
    if not np.isfinite(critical := calibration.critical(asked.alpha)):
        raise ValueError(f"{calibration.highest.size} splits cannot show α = {asked.alpha}: calibrate with more splits")
    sums = sums_of(reference.layout, window)
    standard = calibration.standardised(strengths(reference.layout, sums, reference.sums))
    effect = effects(reference.layout, sums, reference.sums)
    large = effect >= _least(effect, reference, asked)
    highest = float(standard.max(where=large, initial=-np.inf))
    findings = _findings(reference, standard, effect, large & (standard >= critical))
    return Change(
        changed=bool(findings) and window.rows >= calibration.size,
        p_value=calibration.chance(highest),
        alpha=asked.alpha,
        rows=window.rows,
        sufficient=window.rows >= calibration.size,
        findings=findings,
    )


def _comparable(reference: Reference, window: Profile) -> None:
    if window.frame.digest != reference.profile.frame.digest:
        raise ValueError(
            f"the window was counted in the frame {window.frame.digest}, the reference in "
            f"{reference.profile.frame.digest}: count the window in the reference's frame"
        )
    if not window.rows:
        raise ValueError("an empty window cannot be compared with a reference")


def _least(effect: Floats, reference: Reference, asked: Sensitivity) -> Floats:
    singles = len(SINGLES) * len(reference.profile.columns)
    return np.where(np.arange(effect.size) < singles, asked.minimum_effect, asked.minimum_correlation)


def _findings(reference: Reference, standard: Floats, effect: Floats, told: np.ndarray) -> tuple[Finding, ...]:
    """The strongest aspects first, each column or pair of columns with its strongest aspect only, ten at most."""
    found: dict[tuple[str, ...], Finding] = {}
    for place in sorted(np.flatnonzero(told).tolist(), key=lambda place: -standard[place]):
        aspect, columns = _aspect(reference, place)
        new = Finding(aspect=aspect, columns=columns, strength=float(standard[place]), effect=float(effect[place]))
        found.setdefault(columns, new)
        if len(found) == SHOWN:
            break
    return tuple(found.values())


def _aspect(reference: Reference, place: int) -> tuple[str, tuple[str, ...]]:
    names = list(reference.profile.columns)
    singles = len(SINGLES) * len(names)
    if place < singles:
        return SINGLES[place % len(SINGLES)], (names[place // len(SINGLES)],)
    first, second = (int(side[place - singles]) // SCORES for side in reference.layout.pairs)
    return "dependence", (names[first], names[second])
