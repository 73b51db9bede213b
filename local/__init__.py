"""Gatehouse on a laptop: the platform that its functions need, embedded; never deployed."""
