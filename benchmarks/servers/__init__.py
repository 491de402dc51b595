"""Servers that `serve` is compared with: itself without group commit, and what people write instead."""
