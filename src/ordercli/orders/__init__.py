"""Customer orders of every kind: rows and tables, states, changes and history."""
