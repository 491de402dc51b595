"""What kinds of orders share: shapes, rules, how orders are read, and their conversion into rows. It knows no kind."""
