"""What each order does, through ports; `perform` in performing.py finds the right one."""
