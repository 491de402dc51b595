"""Reference data: the catalogue, the inventory, parties, places; their tables and how they are looked up."""
