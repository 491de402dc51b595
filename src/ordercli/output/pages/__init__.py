"""The pages for people: HTML from plain data, without a server. `http` serves them; a report can be made of them."""
