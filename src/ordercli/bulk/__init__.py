"""Many records at once: inputs, chunks, worker processes, progress, the rejects file, resumed runs."""
