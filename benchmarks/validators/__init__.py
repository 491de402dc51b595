"""What people write instead of `validate`; each script runs in an environment of its own."""
