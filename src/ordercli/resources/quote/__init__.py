"""Quotes (TMF648 v4): how they are written, their rules, and how they become product orders of TMF622 v4."""
