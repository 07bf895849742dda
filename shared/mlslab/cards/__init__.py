"""Flashcards with spaced repetition.

`deck` reads the cards and makes more of them from the quick references, `memory` keeps
what the learner knows of them by the FSRS scheduler, `terminal` asks, `anki` exports.
"""
