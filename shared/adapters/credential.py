"""The app's own identity, made once, when the first client asks."""

from functools import cache

from azure.identity import DefaultAzureCredential


@cache
def credential() -> DefaultAzureCredential:
    """The identity of the environment: a managed identity in Azure, a developer's sign-in elsewhere."""
    return DefaultAzureCredential()
