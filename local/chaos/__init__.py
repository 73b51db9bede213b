"""Chaos: many releases on the embedded platform while the app is killed again and again."""
