"""Quick references: tables of the field, each row with its source."""
