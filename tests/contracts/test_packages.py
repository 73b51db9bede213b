"""Requirements, environments and audits are read as their tools read them, and nothing in them is passed over."""

import pytest

from shared.contracts.malformed import Malformed
from shared.contracts.packages.conda import CondaPackage, parse_environment
from shared.contracts.packages.listing import parse_listing
from shared.contracts.packages.pip_audit import parse_audit
from shared.contracts.packages.requirements import parse_requirements
from shared.contracts.packages.versions import holds, is_specifier
from shared.contracts.policies import parse_policy
from shared.core.identity import package_name
from shared.core.packages import Package

FILE = rb"""
# a comment with numpy==1
--index-url https://pypi.org/simple
-r more.txt
-e ./local
-e git+https://github.com/x/y@abc#egg=Why_Not
Typing_Extensions >= 4, < 5 ; python_version < "3.14"   # why
ray[default,Serve]==2.55.1 \
    --hash=sha256:aaaa \
    --hash=sha256:bbbb
torch @ https://files.example/torch-2.0-py3-none-any.whl
git+ssh://git@github.com/x/z.git
https://files.example/a.tar.gz
./wheels/b.whl
azureml-core=={{latest-pypi-version}}
tf == 2.*
not a requirement
"""


def test_every_line_of_requirements_is_what_pip_takes_it_for() -> None:
    found = parse_requirements(FILE)
    assert [(each.name, each.version, each.specifiers, each.url, each.marker) for each in found.requirements] == [
        ("typing-extensions", "", ("<5", ">=4"), "", 'python_version < "3.14"'),
        ("ray", "2.55.1", ("==2.55.1",), "", ""),
        ("torch", "", (), "https://files.example/torch-2.0-py3-none-any.whl", ""),
        ("tf", "", ("==2.*",), "", ""),
    ]
    assert found.requirements[1].extras == ("Serve", "default")
    assert found.options == (("--index-url", "https://pypi.org/simple"), ("-r", "more.txt"), ("-e", "./local"))
    assert found.vcs == ("git+https://github.com/x/y@abc#egg=Why_Not", "git+ssh://git@github.com/x/z.git")
    assert found.urls == ("https://files.example/a.tar.gz", "./wheels/b.whl")
    assert found.templates == (("azureml-core", "{{latest-pypi-version}}"),)
    assert found.invalid == ("not a requirement",)


def test_every_line_of_requirements_is_judged_or_named_as_unseen() -> None:
    listing = parse_listing(FILE)
    assert {package.name: package.location for package in listing.packages} == {
        "typing-extensions": "",
        "ray": "",
        "torch": "https://files.example/torch-2.0-py3-none-any.whl",
        "tf": "",
        "azureml-core": "",
        "why-not": "git+https://github.com/x/y@abc#egg=Why_Not",
        "git+ssh://git@github.com/x/z.git": "git+ssh://git@github.com/x/z.git",
        "https://files.example/a.tar.gz": "https://files.example/a.tar.gz",
        "./wheels/b.whl": "./wheels/b.whl",
        "not a requirement": "",
    }
    assert listing.unseen == ("-r more.txt", "-e ./local")


@pytest.mark.parametrize("option", ["--extra-index-url", "-i", "--index-url", "-f", "--find-links"])
@pytest.mark.parametrize("between", [" ", "="])
def test_with_another_index_every_package_may_come_from_there(option: str, between: str) -> None:
    listing = parse_listing(f"{option}{between}https://mine.example/simple\nnumpy==1\n".encode())
    assert [package.location for package in listing.packages] == ["https://mine.example/simple"]


def test_letters_of_other_alphabets_are_called_so() -> None:
    (good, bad) = parse_listing("numpy==1\nnump\u0443==1\n".encode()).packages
    assert good.flaw == ""
    assert r"'nump\u0443==1' has letters that only look like others" in bad.flaw


@pytest.mark.parametrize(
    "line", ["a;" + "(" * 2000, "a==" + "9" * 4090, "a" * 5000, "a[" + "b," * 2000, "-" * 4000, "a==1.." + ".1" * 1000]
)
def test_a_line_made_to_hurt_is_one_that_is_not_understood(line: str) -> None:
    found = parse_requirements(b"numpy\n" + line.encode())
    assert len(found.invalid) + len(found.options) + len(found.requirements) == 2


REFUSED = {
    "no requirement": (b"hello, world!\n", "no line is a requirement of pip; the first line is 'hello, world!'"),
    "nothing": (b"# only a comment\n", "no line is a requirement"),
    "bytes": (b"numpy\n\xff\xfe", "line 2: the text is not UTF-8"),
    "many lines": (b"a\n" * 20_001, "line 20001: there are more than 20,000 lines"),
    "size": (b"#" * 1_048_577, "more than the 1048576 allowed"),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_requirements_file_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_requirements(body)
    assert reason in str(refused.value)


SPECS = {
    "python": CondaPackage(name="python"),
    "python=3.10": CondaPackage(name="python", operator="=", version="3.10"),
    "numpy==1.26.4": CondaPackage(name="numpy", operator="==", version="1.26.4"),
    "numpy>=1.2,<2": CondaPackage(name="numpy", operator=">=", version="1.2,<2"),
    "numpy ~= 1.2": CondaPackage(name="numpy", operator="~=", version="1.2"),
    "openssl=3.0.11=h7f8727e_2": CondaPackage(name="openssl", operator="=", version="3.0.11", build="h7f8727e_2"),
    "conda-forge::numpy=1.*": CondaPackage(name="numpy", operator="=", version="1.*", channel="conda-forge"),
    "numpy 1.26.4 py310_0": CondaPackage(name="numpy", operator="=", version="1.26.4", build="py310_0"),
}


@pytest.mark.parametrize("spec", SPECS)
def test_a_package_of_conda_is_read_in_its_parts(spec: str) -> None:
    found = parse_environment(f"dependencies:\n- '{spec}'\n".encode())
    assert found.conda == (SPECS[spec],)


def test_channels_are_those_of_the_package_or_of_the_file_or_the_defaults() -> None:
    def channels(text: str) -> list[tuple[str, ...]]:
        return [package.channels for package in parse_listing(text.encode()).packages]

    assert channels("dependencies: [a]") == [("defaults",)]
    assert channels("channels: [x, nodefaults]\ndependencies: [a, 'y::b']") == [("x",), ("y",)]
    assert channels("channels: ['https://conda.anaconda.org/conda-forge/']\ndependencies: [a]") == [("conda-forge",)]


BROKEN = {
    "no dependencies": (b"name: a\n", "needs a list 'dependencies'"),
    "no list": (b"dependencies: a\n", "needs a list 'dependencies'"),
    "a number": (b"dependencies:\n- a\n- 1\n", "line 3: a dependency is text"),
    "another table": (b"dependencies:\n- npm: [a]\n", "line 2: a dependency is text"),
    "a number for pip": (b"dependencies:\n- pip:\n  - 1\n", "must be a list of texts"),
    "a channel that is none": (b"channels: [1]\ndependencies: [a]\n", "line 1: this must be a list of texts"),
    "an alias": (b"dependencies: &a [b]\nmore: *a\n", "an anchor is not allowed"),
}


@pytest.mark.parametrize(("body", "reason"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_environment_is_refused_with_its_line(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_environment(body)
    assert reason in str(refused.value)


def test_an_audit_is_clean_only_when_everything_was_audited() -> None:
    clean = b'{"dependencies": [{"name": "a", "version": "1", "vulns": []}], "fixes": []}'
    assert parse_audit(clean).verdict == "clean"
    assert parse_audit(clean.replace(b'"vulns": []', b'"vulns": null')).verdict == "nothing-audited"


def test_what_an_audit_knows_is_known_of_the_package() -> None:
    body = b'[{"name": "A_b", "version": "1", "vulns": [{"id": "CVE-1"}]}, {"name": "c", "skip_reason": "gone"}]'
    assert parse_listing(body).packages == (
        Package(name="a-b", version="1", source="pypi", vulnerabilities=("CVE-1",)),
        Package(name="c", source="pypi", unaudited="gone"),
    )


@pytest.mark.parametrize(
    ("specifier", "version", "inside"),
    [
        ("", "1", True),
        ("*", "1", True),
        (">=1,<2", "1.5", True),
        (">=1,<2", "2.0", False),
        ("<2", "2.0rc1", False),
        ("==1.0", "1", True),
        (">=1", "2.0rc1", True),
        ("==a-b", "a-b", True),
        (">=1", "not a version", False),
        ("rubbish", "1", False),
        ("<2", "9" * 300, False),
    ],
)
def test_a_version_is_inside_of_a_specifier_or_not(specifier: str, version: str, inside: bool) -> None:
    assert holds(specifier, version) is inside


def test_names_and_specifiers_are_those_of_python() -> None:
    assert package_name("Azure.AI__ml") == "azure-ai-ml"
    assert is_specifier("")
    assert is_specifier(">=1,!=1.5")
    assert not is_specifier("newest")


@pytest.mark.parametrize("versions", ["<<2", "newest", '""'])
def test_a_policy_that_denies_versions_nobody_can_read_is_refused_with_its_line(versions: str) -> None:
    text = f"name: a\nscenario: b\npackages:\n  denied:\n    torch: {versions}\n"
    with pytest.raises(Malformed, match=r"line 5 of the override: .* names no versions"):
        parse_policy(None, text.encode())


def test_a_policy_denies_versions_by_name() -> None:
    denied = parse_policy(None, b'name: a\nscenario: b\npackages: {denied: {torch: "<2.6", zmq: "*"}}').packages.denied
    assert denied == {"torch": "<2.6", "zmq": "*"}
