"""How well and how fast drift is detected: `python -m bench.drift speed | alarms | harm`."""
