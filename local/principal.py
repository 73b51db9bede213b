"""Client principals as Easy Auth hands them to the app, for people who use the embedded platform."""

import base64
import json
from collections.abc import Iterable

LOCAL_TENANT = "00000000-0000-0000-0000-0000000000ff"
LOCAL_APPROVER = "00000000-0000-0000-0000-00000000000a"
LOCAL_REVIEWER = "00000000-0000-0000-0000-00000000000b"
LOCAL_REQUESTER = "00000000-0000-0000-0000-00000000000c"
LOCAL_SECURITY = "00000000-0000-0000-0000-00000000000d"
LOCAL_LABELLER = "00000000-0000-0000-0000-00000000000e"
_SCHEMA = "http://schemas.microsoft.com/identity/claims"


def principal(name: str, oid: str, roles: Iterable[str]) -> str:
    """The value of `x-ms-client-principal` (base64 of JSON) for a person of the local tenant.

    `oid` is the person's object id, a GUID; `roles` are app roles such as `Gatehouse.Approver`.
    """
    claims = [
        {"typ": f"{_SCHEMA}/objectidentifier", "val": oid},
        {"typ": f"{_SCHEMA}/tenantid", "val": LOCAL_TENANT},
        {"typ": "name", "val": name},
        *({"typ": "roles", "val": role} for role in roles),
    ]
    document = {"auth_typ": "aad", "name_typ": "name", "role_typ": "roles", "claims": claims}
    return base64.b64encode(json.dumps(document).encode()).decode()
