"""What events and timers reach: each turns what came into facts, or does what a fact or an order asks."""
