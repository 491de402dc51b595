"""Print results as text, tables, JSON, CSV and in formats of diagnostics; nothing is computed here."""
