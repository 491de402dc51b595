"""Service orders (TMF641): profiles, shapes, rules and conversion."""
