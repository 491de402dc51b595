"""Orders that go on to other systems: what is known of each there, and the pauses of these systems."""
