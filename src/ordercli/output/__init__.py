"""Results in words, tables, JSON, CSV and diagnostics formats; computes nothing."""
