"""Files that a run writes: checked and tried before anything changes."""
