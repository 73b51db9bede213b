"""What a model's files are, and why what is in one may not be loaded."""

from shared.contracts.artifacts.formats import FORMATS, format_of

__all__ = ["FORMATS", "format_of"]
