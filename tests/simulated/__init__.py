"""The world of Gatehouse in memory: every port, deterministic, with faults on demand."""
