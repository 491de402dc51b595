"""Inputs: files and streams, their formats, and their records with line and column."""
