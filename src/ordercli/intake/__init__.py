"""Inputs: files and streams, their formats, the records in them and where these stand."""
