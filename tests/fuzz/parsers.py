"""Every reader of bytes from outside, by name."""

from tests.fuzz.artifacts_fuzzed import ARTIFACTS
from tests.fuzz.data_fuzzed import DATA
from tests.fuzz.documents_fuzzed import DOCUMENTS
from tests.fuzz.events_fuzzed import EVENTS
from tests.fuzz.own_fuzzed import OWN
from tests.fuzz.parser import Parser
from tests.fuzz.texts_fuzzed import TEXTS

PARSERS: dict[str, Parser] = {each.name: each for each in (*TEXTS, *EVENTS, *DOCUMENTS, *ARTIFACTS, *DATA, *OWN)}
