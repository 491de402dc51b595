"""Clients that send requests over HTTP: what is kept about them."""
