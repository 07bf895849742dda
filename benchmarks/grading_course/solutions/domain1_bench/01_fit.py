# %% [markdown]
# # 101 · A model

# %%
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

flowers = load_iris(as_frame=True).frame
features, label = flowers.drop(columns="target"), flowers["target"]

# %% [markdown]
# ### Exercise: fit a model

# %%
# BEGIN SOLUTION
# PROMPT: Fit a model, and put the share of flowers that it tells into `accuracy`.
train_x, test_x, train_y, test_y = train_test_split(features, label, random_state=0)
model = make_pipeline(StandardScaler(), LogisticRegression())
model.fit(train_x, train_y)
predicted = pd.Series(model.predict(test_x), index=test_y.index)
accuracy = float((predicted == test_y).mean())
# END SOLUTION

# %%
lab.check("fit")  # type: ignore[name-defined]  # noqa: F821 - judged, never run
