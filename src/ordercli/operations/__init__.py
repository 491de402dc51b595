"""One module for each verb: accept, drain, create, patch, cancel, find, list, audit, copy."""
