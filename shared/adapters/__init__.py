"""One file per Azure service; only services.py imports them."""
