"""Questions: what one is, how it is read, judged and asked.

`model` says what a question is and judges answers, `reading` reads TOML, `bank` holds
the course's questions for review, `quiz` asks a lab's questions in its notebook.
"""
