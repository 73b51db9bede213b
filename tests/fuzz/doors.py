"""What people and senders post, through the doors themselves: an answer is allowed, an exception is not."""

import base64
import hashlib
import hmac

from docs.samples import DIGEST, release_in
from local.principal import principal
from shared.asking import Reply
from shared.contracts import wire
from shared.core import images
from shared.core.facts import ScanAwaited
from shared.core.images import Image
from shared.core.release import Stage
from shared.doors.webhook_senders import PROOFS, Delivery, Trust
from shared.doors.webhooks import Webhooks
from tests.simulated.house import House

SECRET = "s" * 40
TOPIC = "/subscriptions/00000000-0000-0000-0000-000000000001"
_ROLES = ("Gatehouse.Approver", "Gatehouse.Operator", "Gatehouse.Security", "Gatehouse.PackageReviewer")
_HEADERS = {"x-ms-client-principal": principal("Ada", "id-of-ada", _ROLES)}


class Doors:
    """One release that waits for people, one image with findings, and every door of HTTP in front of them."""

    def __init__(self) -> None:
        self._build()
        self._answers = 0

    def _build(self) -> None:
        self.house = House()
        release, image = release_in(Stage.AWAITING_APPROVAL), _waited_for()
        for record in (release, image):
            self.house.documents.write(record.key, wire.encode_record(record), None)
        secrets = dict.fromkeys(PROOFS, SECRET)
        trust = Trust(secrets=secrets, topics=(TOPIC,), tenant="", authenticated=True)
        self._webhooks = Webhooks(self.house.bus, self.house.intake, self.house.clock, trust)

    def approval(self, body: bytes) -> Reply:
        return self._heard(self.house.people.approval("churn", "7", _HEADERS, body))

    def demand(self, body: bytes) -> Reply:
        return self._heard(self.house.operators.demand("pause", "churn", "7", _HEADERS, body))

    def waiver(self, body: bytes) -> Reply:
        return self._heard(self.house.waivers.grant(DIGEST, _HEADERS, body))

    def exception(self, body: bytes) -> Reply:
        return self._heard(self.house.exceptions.ask(_HEADERS, body))

    def packages(self, body: bytes) -> Reply:
        return self._heard(self.house.packages.check(_HEADERS, "churn", "", body))

    def webhook(self, sender: str, body: bytes) -> Reply:
        """A delivery that proves its sender."""
        headers = {"content-type": "application/json", **self._proof(sender, body)}
        delivery = Delivery(sender=sender, method="POST", headers=headers, query={}, body=body)
        return self._heard(self._webhooks.receive(delivery))

    def _proof(self, sender: str, body: bytes) -> dict[str, str]:
        if sender == "mlflow":
            return _mlflow_proof(body, str(int(self.house.clock.now())))
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        signed = {"ghcr": {"x-hub-signature-256": f"sha256={digest}"}, "databricks": {"x-databricks-signature": digest}}
        return signed.get(sender, {"x-gatehouse-secret": SECRET})

    def _heard(self, reply: Reply) -> Reply:
        """The answer, which must not be trouble of ours; what was kept is forgotten now and then."""
        assert reply.code < 500, reply
        self._answers += 1
        if self._answers % 500 == 0:
            self._build()
        return reply


def _waited_for() -> Image:
    fact = ScanAwaited(id="f", at=0.0, digest=DIGEST, model="churn", version="7", repository="churn")
    return images.decide(None, fact, 0.0).record


def _mlflow_proof(body: bytes, moment: str) -> dict[str, str]:
    signed = hmac.new(SECRET.encode(), f"d-1.{moment}.".encode() + body, hashlib.sha256).digest()
    return {
        "x-mlflow-delivery-id": "d-1",
        "x-mlflow-timestamp": moment,
        "x-mlflow-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
