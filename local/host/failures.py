"""The one error that says an app cannot be hosted, and what to do about it."""


class StartError(Exception):
    """The app or its configuration cannot be hosted; the message says what is wrong, where, and what to do."""
