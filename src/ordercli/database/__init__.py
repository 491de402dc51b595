"""The two engines behind one protocol: opening, transactions, migrations, errors."""
