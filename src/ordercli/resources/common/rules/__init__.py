"""The rules that kinds of orders share. Texts and examples are of product orders; other kinds replace what differs."""
