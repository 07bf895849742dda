# %% [markdown]
# # 102 · Objects

# %%
from mlslab import start_lab

lab = start_lab("102")
s3 = lab.session.client("s3")
bucket = lab.bucket

# %% [markdown]
# ### Exercise: store a note

# %%
# BEGIN SOLUTION
# PROMPT: Store the text "hello" as `note.txt` in `bucket`, and its key in `key`.
key = "note.txt"
answer = s3.put_object(Bucket=bucket, Key=key, Body=b"hello")
# END SOLUTION

# %%
lab.check("store")

# %% [markdown]
# ### Exercise: count the objects

# %%
# needs: key
# BEGIN SOLUTION
# PROMPT: Put the number of objects in `bucket` into `count`.
count = s3.list_objects_v2(Bucket=bucket)["KeyCount"]
# END SOLUTION

# %%
lab.check("count")

# %%
lab.end()
