"""Everything Gatehouse is made of, but its doors."""
