"""References of others are tried out before one counts: by judging themselves, which must neither fail nor alarm."""

import numpy as np

from shared.core.verdicts import Outcome
from shared.monitoring.documents import profile_document
from shared.monitoring.edetector import Evidence
from shared.monitoring.reference_documents import UNFIT, decode_usual
from shared.monitoring.references import Side, Usual
from shared.monitoring.served import Window
from shared.monitoring.tiers import Limits, judged, together

LIMITS = Limits(minimum_rows=1, alpha=0.05, minimum_effect=0.02, harm_alpha=0.01, bar=0.5)


def tried(body: bytes) -> Usual:
    """The reference in `body`; raises ValueError when it is none, or when rows as it tells of would fail by it."""
    usual = decode_usual(body)
    try:
        with np.errstate(all="ignore"):
            window = Window(
                endpoint="",
                deployment="",
                start=0.0,
                seconds=1.0,
                inputs=_profile(usual.inputs),
                outputs=_profile(usual.outputs),
            )
            found = judged(
                usual, together(usual, [window], np.array([], dtype=np.float64)), LIMITS, "itself", Evidence()
            )
    except UNFIT as odd:
        raise ValueError(f"the reference profile does not work: {type(odd).__name__}: {odd}") from None
    if found.contract.outcome is not Outcome.PASS or found.change.outcome is Outcome.FAIL:
        raise ValueError("the reference profile does not even allow its own rows; make it again")
    return usual


def _profile(side: Side | None) -> dict[str, object] | None:
    return profile_document(side.reference.profile) if side else None
