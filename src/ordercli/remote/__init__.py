"""The systems that orders are forwarded to, over HTTP. Only commands import it: its library is an extra."""
