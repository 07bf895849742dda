# %% [markdown]
# # 102 · A model, with a cloud

# %%
import io

import pandas as pd
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlslab import start_lab

lab = start_lab("102")
s3 = lab.session.client("s3")
bucket = lab.bucket
table = load_iris(as_frame=True).frame.to_csv(index=False).encode()
stored = s3.put_object(Bucket=bucket, Key="flowers.csv", Body=table)

# %% [markdown]
# ### Exercise: fit a model

# %%
# BEGIN SOLUTION
# PROMPT: Read the flowers from `bucket`, fit a model, put its accuracy in `accuracy`.
body = s3.get_object(Bucket=bucket, Key="flowers.csv")["Body"].read()
flowers = pd.read_csv(io.BytesIO(body))
features, label = flowers.drop(columns="target"), flowers["target"]
train_x, test_x, train_y, test_y = train_test_split(features, label, random_state=0)
model = make_pipeline(StandardScaler(), LogisticRegression())
model.fit(train_x, train_y)
predicted = pd.Series(model.predict(test_x), index=test_y.index)
accuracy = float((predicted == test_y).mean())
# END SOLUTION

# %%
lab.check("fit")

# %%
lab.end()
