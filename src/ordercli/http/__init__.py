"""The HTTP face: `ordercli serve`. Only the command imports it, because its libraries are an extra."""
