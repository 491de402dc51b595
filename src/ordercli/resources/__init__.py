"""The kinds of orders: shapes, profiles, rules, conversion and documents."""
