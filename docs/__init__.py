"""Pages about the lifecycle and its events, written from the code by `python -m docs.generate`."""
