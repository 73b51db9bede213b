"""A body that anybody may send, and the senders that can prove who they are."""

import json

import pytest

from tests.security.front import REGISTERED, SENDERS

BODY = json.dumps(REGISTERED).encode()
PROVING = [pytest.param(sender, id=sender) for sender in SENDERS]
