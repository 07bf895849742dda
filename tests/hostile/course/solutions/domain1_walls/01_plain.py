# %% [markdown]
# # 101 · Numbers

# %%
import numpy as np
import pandas as pd

values = [3, 4, 5, 8]

# %% [markdown]
# ### Exercise: twice


# %%
def double(number):
    """Twice the number."""
    # BEGIN SOLUTION
    # PROMPT: Give twice the number.
    return 2 * number
    # END SOLUTION


# %%
lab.check("double")

# %% [markdown]
# ### Exercise: the sum of the doubles

# %%
# BEGIN SOLUTION
# PROMPT: Put the sum of the doubles of `values` into `total`.
total = sum(double(value) for value in values)
# END SOLUTION

# %%
lab.check("total")

# %% [markdown]
# ### Exercise: the largest

# %%
# BEGIN SOLUTION
# PROMPT: Put the largest of `values` into `largest`.
largest = max(values)
# END SOLUTION

# %%
lab.check("largest")
