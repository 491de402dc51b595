"""The inbound queue: entries, claims, batches, the workers that hold claims."""
