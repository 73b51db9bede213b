"""The strict doors of JSON, YAML and XML, and what people write: policies and lists of packages."""

import json
from base64 import b64encode

from shared.contracts import labels, policies, principal, strict_json, strict_xml, strict_yaml
from shared.contracts.packages.conda import parse_environment
from shared.contracts.packages.listing import parse_listing
from shared.contracts.packages.pip_audit import parse_audit
from shared.contracts.packages.requirements import parse_requirements
from shared.contracts.packages.versions import holds
from shared.core.labelling import Doubt, Item
from shared.core.packages import Rules, judge
from shared.core.policy import PackagePolicy
from tests.fuzz.parser import Parser, parser
from tests.fuzz.seeds import encoded

DEFAULT = b"name: usual\nscenario: classical\n"
OVERRIDE = b"""\
validation: {metrics: {accuracy: {minimum: 0.7}}, formats: [onnx]}
quarantine:
  allowed: {CRITICAL: 0, HIGH: null}
  allowed_ids:
    - {id: CVE-2026-1, until: 2027-01-31, reason: not reachable}
packages: {enforce: block, denied: {zmq: "*", numpy: "<2"}}
"""
BOM = b"""\
<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.5" version="1"><components><component type="library">
<name>numpy</name><version>1</version><purl>pkg:pypi/numpy@1</purl></component></components></bom>
"""
REQUIREMENTS = b"numpy==2.1.0\npandas[all]>=2,<3 ; python_version>'3'\n-r x.txt\ngit+https://x/y@z#egg=y\n{{a}}\n"
CONDA = b"name: x\nchannels: [conda-forge]\ndependencies:\n  - python=3.13\n  - a::b>=1,<2\n  - pip:\n    - numpy==2\n"
TREE = {"a": [1, -0.5, True, None, "x\u00e9"], "b": {"c": {"d": []}, "e": {}}, "f": "\U0001f600"}
CLAIMS = {
    "auth_typ": "aad",
    "claims": [{"typ": "oid", "val": "o"}, {"typ": "tid", "val": "t"}, {"typ": "azp", "val": "a"}],
}
RULES = Rules(policy=PackagePolicy(enforce="block", denied={"zmq": "*", "numpy": "<2"}), holds=holds)


def _agreeing(body: bytes) -> None:
    """What the strict door lets in, the standard library reads the same."""
    assert strict_json.loads(body) == json.loads(body)


def _policy(body: bytes) -> None:
    policy = policies.parse_policy(DEFAULT, body)
    policy.digest()
    assert all(each.counts_at(0.0) for each in policy.quarantine.allowed_ids)


def _judged(body: bytes) -> None:
    """A list of packages, judged as a policy would."""
    listing = parse_listing(body)
    assert len(judge(RULES, listing.packages)) == len(listing.packages)


def _labels(body: bytes) -> None:
    """What people say of items can be kept beside them."""
    said = labels.parse_labels(body)
    labels.encode_labels(said, [Item(item=item, doubt=Doubt.WRONG) for item in said])


def _person(body: bytes) -> None:
    """The header as it comes: text, in which the platform has base64 of JSON."""
    principal.parse(base64_of(body))
    principal.program(base64_of(body))


def _header(body: bytes) -> None:
    principal.parse(body.decode("latin-1"))


def base64_of(body: bytes) -> str:
    """The bytes as a header has them."""
    return b64encode(body).decode()


_LABELS = ({"item": "a", "label": "cat"}, {"item": "b", "label": [[1, 2], {"x": None}]}, {"item": "c", "label": None})
AUDIT = encoded({"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}]})

TEXTS: tuple[Parser, ...] = (
    parser("strict/json", "json", 60, _agreeing, lambda: encoded(TREE, [TREE, TREE], 1), "packages/*.json"),
    parser("strict/yaml", "yaml", 8, strict_yaml.loads, lambda: [OVERRIDE, CONDA], "packages/*.yaml"),
    parser("strict/xml", "xml", 20, strict_xml.loads, lambda: [BOM]),
    parser("policy", "yaml", 8, _policy, lambda: [OVERRIDE, b"canary:\n  weights: [10, 100]\n"]),
    parser("packages/any", "text", 8, _judged, lambda: [REQUIREMENTS, *AUDIT, CONDA], "packages/*"),
    parser("packages/requirements", "text", 8, parse_requirements, lambda: [REQUIREMENTS], "packages/*.txt"),
    parser("packages/conda", "yaml", 8, parse_environment, lambda: [CONDA], "packages/*.y*ml"),
    parser("packages/pip-audit", "json", 20, parse_audit, lambda: AUDIT, "packages/*.json"),
    parser("labels", "json", 20, _labels, lambda: [b"\n".join(encoded(*_LABELS))]),
    parser("principal", "json", 20, _person, lambda: encoded(CLAIMS)),
    parser("principal/raw", "text", 10, _header, lambda: [base64_of(*encoded(CLAIMS)).encode()]),
)
