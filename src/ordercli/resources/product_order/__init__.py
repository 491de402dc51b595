"""The product order (TMF622): everything that the other folders need to know about it."""
