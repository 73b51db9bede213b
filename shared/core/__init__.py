"""The pure heart: facts, orders, releases, gates and the lifecycle, on the standard library alone."""
