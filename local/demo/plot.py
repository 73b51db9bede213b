"""The plot: what is released on which images under which limits, and how each release must end."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.demo.scanner import CRITICAL, HARMLESS, UNFIXABLE, Finding

MODEL, ENDPOINT, REPOSITORY = "wine", "wine", "wine-serving"
SECRET = "the-secret-that-the-demonstrations-registry-posts"  # noqa: S105 — guards nothing: all is on this machine
SETTINGS = {
    "TELEMETRY_WINDOW_SECONDS": "1",
    "SWEEP_SCHEDULE": "0 */5 * * * *",
    "ACR_WEBHOOK_SECRETS": SECRET,
}
CURATED = ("numpy@2.1.3", "onnxruntime@1.20.1", "azureml-inference-server-http@1.4.0")
OUTSIDE = "shap@0.46.0"
POLICY = """\
# The demonstration's own limits: production ones would take hours. Every number is explained in classical.yaml.
quarantine:
  fixable_only: true
packages:
  enforce: block
  curated: [numpy, onnxruntime, azureml-inference-server-http]
canary:
  ladder: [30, 60]
  measure_every_seconds: 1
  minimum_requests: 50
  maximum_latency_ratio: 5.0
live:
  soak_hours: 0.001
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One release: what the scanner finds in its image and lists of it (PyPI, name@version), and how it must end."""

    ending: str
    findings: Sequence[Finding] = tuple(HARMLESS)
    packages: tuple[str, ...] = CURATED


ACTS = {
    "1": Act(ending="superseded"),
    "2": Act(ending="rejected", findings=CRITICAL),
    "3": Act(ending="live", findings=UNFIXABLE, packages=(*CURATED, OUTSIDE)),
    "4": Act(ending="rolled back"),
    "5": Act(ending="rejected"),
}
"""The acts by the version they are about, which is the trained candidate's, too."""
