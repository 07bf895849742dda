"""Practice exams: drawn by a blueprint, taken in a terminal or a notebook, explained.

The way of one exam: `wish` says what is wanted → `drawing` makes a `paper` of the bank
by it → an `attempt` at the paper takes answers, and keeps them → `result` counts →
`history` looks back over all attempts. `terminal` and `widget` are two faces of the
same attempt; `export` writes a paper for print and for learning platforms.
"""
