"""Policies: the shipped default of a scenario, overridden per model by a file in the policies container."""

from pathlib import Path

from azure.storage.blob import ContainerClient

from shared.adapters.errors import found
from shared.contracts.malformed import Malformed
from shared.contracts.policies import parse_policy
from shared.core.facts import ModelRegistered
from shared.core.policy import Policy

SHIPPED = Path(__file__).parents[2] / "policies"
DEFAULT_SCENARIO = "classical"


class PolicyShelf:
    """Finds the policy that binds a new release."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    def policy_for(self, fact: ModelRegistered) -> Policy:
        """The policy of the model's scenario (tag `scenario`) with the model's own overrides.

        Raises Malformed, naming the file, for an unknown scenario or a file that is no policy, and Unavailable.
        """
        scenario = fact.tags.get("scenario", DEFAULT_SCENARIO)
        shipped = {path.stem: path for path in SHIPPED.glob("*.yaml")}
        if scenario not in shipped:
            known = ", ".join(sorted(shipped))
            raise Malformed(f"scenario {scenario[:60]!r} has no policy; known are {known}", "tag 'scenario'")
        name = f"{fact.model}.yaml"
        override = found(f"reading policy {name}", lambda: self._container.download_blob(name).readall())
        try:
            return parse_policy(shipped[scenario].read_bytes(), override)
        except Malformed as problem:
            raise Malformed(problem.reason, f"policies/{name} {problem.where}".strip()) from problem
