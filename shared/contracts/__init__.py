"""The outside world's payloads, parsed strictly into facts; malformed ones are refused with a place and a reason."""
