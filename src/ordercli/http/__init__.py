"""The HTTP interface: `ordercli serve`. Only that command imports it, because its libraries are an extra."""
