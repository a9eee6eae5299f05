"""What stands in the file of each list: its columns, and where it takes more than the rows."""
