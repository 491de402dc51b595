"""The kinds of orders, and quotes: shapes, profiles, rules, conversion and documents."""
