"""The embedded Functions host: real triggers around the platform's own Python worker core."""
