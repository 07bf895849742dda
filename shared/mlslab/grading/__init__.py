"""Grading: from a folder of submissions to a gradebook. The way of a submission is

1. `collect`: files, folders and zips → `Submission`s, each with its learner;
2. `reading`: its bytes → cells, or the reason why they cannot be read;
3. `assemble`: the answers in it → the instructor's own notebook;
4. `nursery`, `sandbox`: a warm process is forked behind walls, with a cloud beside it;
5. `kernel`, `runs`: the notebook's cells run there, one after the other;
6. `judge`, `remote`: outside the walls, on data that are handed over, checks decide;
7. `results`: what it came to, kept in `store` so that nothing is graded twice;
8. `policy`, `gradebook`, `feedback`, `overview`, `similar`: what people get of it.

`batch` does this for many submissions at once, `cluster` on many machines.
"""
