"""The doors: translate, call one thing, return; nothing is decided here."""
