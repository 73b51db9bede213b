"""Profiles, quality, drift and windows: the numeric heart."""
