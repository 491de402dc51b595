"""The members of an accepted product order that have a column, in profiles servicenow and tmf622-v4."""

from ordercli.resources.common.members import Item, Order, StandardItem

ServiceNowOrder = Order[Item]
StandardOrder = Order[StandardItem]
