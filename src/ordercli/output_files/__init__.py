"""The files that a run writes; they are checked before anything changes."""
