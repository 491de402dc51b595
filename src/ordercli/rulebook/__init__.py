"""The rule engine: what a rule is, and how rules run, are selected and are explained; knows no kind of order."""
