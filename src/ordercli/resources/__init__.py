"""The kinds of orders: shapes, profiles, rules, tables, store, states and documents."""
