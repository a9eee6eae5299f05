"""What an entry of the ledger says to people: one module for each group of events."""
