"""Quick references: tables of the field, each row with its source.

`rows` reads them from `exam_scenarios/reference/*.toml`; `pages` makes the pages of
them that people read and print, and `mlslab.cards` asks about them.
"""
