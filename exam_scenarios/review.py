# %% [markdown]
# # Review: practice exams, case studies and flashcards
#
# The labs teach; here you find out what has stayed. Questions and cards cover the four
# domains of MLS-C01, whose curriculum the course follows, and what its successors
# MLA-C01 and MLA-C02 add. Every option of a question has its reason, with a source.
#
# Everything here is also there in a terminal, full screen: `mlslab exam` and
# `mlslab cards`, both in `.venv/bin`. An exam that you have begun in one goes on in the
# other.

# %%
from mlslab.exam.history import history, plot, table
from mlslab.exam.widget import take
from mlslab.plots import show
from mlslab.questions.walkthrough import show_case

# %% [markdown]
# ## A short exam
#
# Ten questions over all domains, for as long as you need. `take(count=20)`,
# `take(domains={"3"})`, `take(labs={"302"})` or `take(full=True)` ask for another one:
# the last is a whole exam, 65 questions in 180 minutes. One that is under way goes on
# first.

# %%
take(count=10)

# %% [markdown]
# ## Your exams so far
#
# The line is the pass mark. A practice exam tells how you do on its questions, not how
# you would do in the real one: AWS does not publish how it makes its scale.

# %%
pasts = history()
if pasts:
    figure, alt = plot(pasts)
    show(figure, alt=alt)
table(pasts)

# %% [markdown]
# ## Three architectures
#
# Each is one company, one diagram and eight questions, from ingestion to cost. Hand in
# the exam above before you begin one of them.

# %%
show_case("fraud_detection_real_time")

# %%
show_case("image_classification_at_scale")

# %%
show_case("nlp_document_analysis")

# %% [markdown]
# `take(case="fraud_detection_real_time")` asks about the first; the others go by the
# names in the cells above.
