"""Reference data: catalogue, inventory, parties and places; their tables and lookups."""
