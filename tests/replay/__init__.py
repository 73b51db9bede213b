"""Stored histories of releases and images, decided again at every change."""
