"""Refused calls, as the services word them."""

from typing import Any


class Refusal(Exception):
    """A call the service refuses: HTTP `status` (400–499), a machine-readable `code` and a telling `message`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        """The JSON an Azure Resource Manager client expects."""
        return {"error": {"code": self.code, "message": self.message}}


class RegistryRefusal(Refusal):
    """A refusal in the registry's own shape."""

    def body(self) -> dict[str, Any]:
        """The JSON a container registry client expects."""
        return {"errors": [{"code": self.code, "message": self.message}]}


def not_found(what: str) -> Refusal:
    """A 404 naming what is missing."""
    return Refusal(404, "ResourceNotFound", f"{what} was not found: create it first, or check its name.")


def invalid(message: str) -> Refusal:
    """A 400 with the rule that was broken."""
    return Refusal(400, "BadArgument", message)


def busy(what: str, state: str) -> Refusal:
    """A 409: another operation of the same resource is in progress."""
    return Refusal(409, "Conflict", f"{what} is {state}: wait until its operation has ended, then try again.")
