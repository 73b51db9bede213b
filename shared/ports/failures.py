"""How a port says that it could not do what was asked."""


class Conflict(Exception):
    """Somebody else wrote the document first; read it again."""


class Unavailable(Exception):
    """A service did not answer or is overloaded; the same may work later."""


class Impossible(Exception):
    """A service refused what was asked for; asking again will not help."""
