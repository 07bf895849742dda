# %% [markdown]
# # 202 · Cleaning a table without fooling yourself
#
# A shop asks for a forecast: how much will each customer spend next year, and how much
# is that in all? The table that it sends is dirty in all the usual ways. Cleaning it
# badly does not raise an error. It gives a better score, and a worse forecast.
#
# ## What you will be able to do
#
# - Find out from a failed job which column is not clean
# - Turn text into numbers, dates and categories without inventing or losing values
# - Keep one record for each customer, and the right one
# - Tell errors from customers that matter before you remove outliers
# - Fill missing values without leaking the test set
# - Choose between dropping and filling by a measurement
# - Write a typed table to Amazon S3 as Parquet
#
# 55 minutes of yours. Lab 000 shows how checks and hints work.

# %%
import contextlib
import io
import re
import warnings
from uuid import uuid4

import numpy as np
import pandas as pd
from botocore.exceptions import WaiterError
from matplotlib import pyplot as plt
from sagemaker.core import image_uris
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from cloudlet.metering import load_prices
from mlslab import start_lab
from mlslab.course import find_root
from mlslab.plots import show

lab = start_lab("202")

# %% [markdown]
# ## The table, as it comes
#
# The export goes to Amazon Simple Storage Service (Amazon S3), and is read from there.
# Everything is read as text: `dtype=str` and `keep_default_na=False` keep pandas from
# guessing. What would it have guessed? The cell counts what it takes for missing.

# %%
s3 = lab.session.client("s3")
bucket = lab.bucket
raw_key = "raw/customers.csv"
s3.upload_file(str(find_root() / "data" / "customers.csv"), bucket, raw_key)
body = s3.get_object(Bucket=bucket, Key=raw_key)["Body"].read()
raw = pd.read_csv(io.BytesIO(body), dtype=str, keep_default_na=False)
print(len(raw), "rows")
print(raw.head(8).to_string())

guessed = pd.read_csv(io.BytesIO(body))
print("\nregions that pandas takes for missing:", guessed["region"].isna().sum())
print("regions that are empty in the file:   ", (raw["region"].str.strip() == "").sum())
print("regions that read 'NA':               ", (raw["region"] == "NA").sum())

# %% [markdown]
# `next_year_spend` is the target: what the customer went on to spend. All else is known
# on the day of the export. Look at the ids, the dates and the money: two systems and
# many hands have written this.
#
# No region is empty. `NA` is North America, and `read_csv` takes the two letters for
# *not available*. The most frequent region would be filled with something else, and no
# error would tell. Decide yourself what is missing.
#
# ## What a training job says about it
#
# Two columns look like plain numbers, `orders` and `age`. They go to a training job of
# Amazon SageMaker AI, with the target in front as its built-in XGBoost wants it
# ([data formats](https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html)).

# %%
sagemaker = lab.session.client("sagemaker")
train_uri = image_uris.retrieve("xgboost", region=lab.region, version="3.0-5")


def train_on(prefix, content_type):
    """Train on all objects below a prefix; gives the name of the ended job."""
    job_name = f"cleaning-{uuid4().hex[:8]}"
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{bucket}/{prefix}/",
        "S3DataDistributionType": "FullyReplicated",
    }
    sagemaker.create_training_job(
        TrainingJobName=job_name,
        RoleArn=lab.role,
        AlgorithmSpecification={
            "TrainingImage": train_uri,
            "TrainingInputMode": "File",
        },
        HyperParameters={"objective": "reg:squarederror", "num_round": "20"},
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": content_type,
                "DataSource": {"S3DataSource": source},
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/models/"},
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 5,
        },
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    with contextlib.suppress(WaiterError):  # a failed job: its description says why
        waiter.wait(TrainingJobName=job_name)
    return job_name


plain = raw[["next_year_spend", "orders", "age"]].to_csv(header=False, index=False)
s3.put_object(Bucket=bucket, Key="untyped/train.csv", Body=plain.encode())
raw_job = train_on("untyped", "text/csv")
print(sagemaker.describe_training_job(TrainingJobName=raw_job)["TrainingJobStatus"])

# %% [markdown]
# ### Exercise: find out why it failed
#
# The job has stopped at the first value that it cannot use. Its description says where;
# XGBoost counts columns from 0. Then look at that column in `raw`.

# %%
# BEGIN SOLUTION
# PROMPT: read the reason of `raw_job`. Name the column in `culprit`, and the value
# PROMPT: that is no number, as it stands in the file, in `culprit_value`.
reason = sagemaker.describe_training_job(TrainingJobName=raw_job)["FailureReason"]
culprit, culprit_value = "age", "unknown"
# END SOLUTION

# %%
lab.check("failure")

# %% [markdown]
# ## Types: money
#
# The job did you a favour: it refused. `pd.to_numeric(…, errors="coerce")` refuses
# nothing. It turns what it cannot read into missing values, also `$1,250.00`.

# %%
for column in ("age", "income", "annual_spend"):
    lost = pd.to_numeric(raw[column], errors="coerce").isna()
    kinds = raw.loc[lost, column].str.replace(r"\d", "9", regex=True)
    print(f"{column}: {lost.sum()} of {len(raw)} coerced away, most often")
    for shape, count in kinds.value_counts().head(3).items():
        print(f"    {count:4} like {shape!r}")

# %% [markdown]
# Real ages are lost nowhere, real money is: most amounts have a currency or a comma.
# The rule is: *count what a conversion has made missing, and look at it.*
#
# ### Exercise: read money
#
# The forms are `$1,250.00`, `USD 1,250.00`, `1250.00` and `50,979`. Empty, `n/a` and
# `-` mean that nothing was recorded.


# %%
def to_dollars(text):
    """An amount in USD as a float; NaN where nothing was recorded."""
    # BEGIN SOLUTION
    # PROMPT: take away what is not the number, and give `np.nan` if nothing is left.
    digits = re.sub(r"[^\d.]", "", text)
    return float(digits) if digits else np.nan
    # END SOLUTION


# %%
lab.check("money")

# %% [markdown]
# ## Types: dates and categories
#
# `signed_up` comes as `2024-07-09` and as `26/01/2022`, the day first. What does pandas
# make of it when it guesses each row?

# %%
iso = pd.to_datetime(raw["signed_up"], format="%Y-%m-%d", errors="coerce")
day_first = pd.to_datetime(raw["signed_up"], format="%d/%m/%Y", errors="coerce")
signed_up = iso.fillna(day_first)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    guess = pd.to_datetime(raw["signed_up"], format="mixed")
exported = pd.Timestamp("2026-06-30")
print("dates in no known format:     ", signed_up.isna().sum())
print("wrong dates by guessing:      ", (guess != signed_up).sum())
print("of these, after the export:   ", (guess > exported).sum())
print("spellings of the three regions:", raw["region"].nunique())

# %% [markdown]
# Guessing raises nothing. It swaps day and month wherever both are 12 or less, and only
# the few dates in the future give it away. Name the formats, and count what fits none.
#
# Categories get the same treatment: an explicit table from spelling to region. What is
# not in the table shows up as missing, and is counted.

# %%
# needs: to_dollars
REGIONS = {
    "na": "NA",
    "north america": "NA",
    "n. america": "NA",
    "eu": "EU",
    "europe": "EU",
    "apac": "APAC",
    "asia pacific": "APAC",
    "asia-pacific": "APAC",
}
typed = pd.DataFrame(
    {
        "customer_id": raw["customer_id"].str.strip().str.upper(),
        "age": pd.to_numeric(raw["age"], errors="coerce"),
        "region": raw["region"].str.strip().str.lower().map(REGIONS),
        "signed_up": signed_up,
        "income": raw["income"].map(to_dollars),
        "orders": pd.to_numeric(raw["orders"]),
        "annual_spend": raw["annual_spend"].map(to_dollars),
        "updated_at": pd.to_datetime(raw["updated_at"], format="%Y-%m-%d"),
        "next_year_spend": pd.to_numeric(raw["next_year_spend"]),
    }
)
print("regions that are in no list:", typed["region"].isna().sum())
ages = typed["age"].value_counts()
print("ages that nobody has:", {int(a): int(ages[a]) for a in (-1, 0, 999)})
possible = typed["age"].between(18, 110)
print(f"mean age with them: {typed['age'].mean():.1f}")
print(f"and without:        {typed['age'].where(possible).mean():.1f}")

# %% [markdown]
# An age of 999 is a missing value in disguise, and it moves the mean by years. A fixed
# rule, "18 to 110, or missing", needs no statistics of the data.
#
# ## Duplicates
#
# Copies come in three kinds: the same line twice; the same record with its id written
# differently, which shows only now that ids are clean; and two records of one customer
# that contradict each other.

# %%
# needs: typed
print("equal lines in the file:     ", raw.duplicated().sum())
print("equal records after cleaning:", typed.duplicated().sum())
print("records of a known customer: ", typed["customer_id"].duplicated().sum())
twice = typed[typed["customer_id"].duplicated(keep=False)].drop_duplicates()
twice = twice[twice["customer_id"].duplicated(keep=False)]
columns = ["customer_id", "region", "orders", "annual_spend", "updated_at"]
print(twice.sort_values(["customer_id", "updated_at"])[columns].head(4).to_string())

# %% [markdown]
# ### Exercise: one record for each customer
#
# `updated_at` says when a record was written. Keep the newest.

# %%
# needs: typed
# BEGIN SOLUTION
# PROMPT: from `typed`, keep one record for each customer, the newest, in `customers`.
newest_last = typed.sort_values(["customer_id", "updated_at"], kind="stable")
customers = newest_last.drop_duplicates("customer_id", keep="last")
# END SOLUTION

# %%
lab.check("duplicates")

# %% [markdown]
# Are duplicates more than untidy? A model that copies the most similar customer it has
# seen (one nearest neighbour) is tested with and without them.


# %%
# needs: customers
def copycat_error(table, seed):
    """Mean absolute error (USD) of one nearest neighbour on a quarter of the rows."""
    rows = table[["orders", "annual_spend", "next_year_spend"]].dropna()
    seen, unseen = train_test_split(rows, test_size=0.25, random_state=seed)
    copycat = make_pipeline(StandardScaler(), KNeighborsRegressor(1))
    copycat.fit(seen[["orders", "annual_spend"]], seen["next_year_spend"])
    answer = copycat.predict(unseen[["orders", "annual_spend"]])
    return mean_absolute_error(unseen["next_year_spend"], answer)


for name, table in (("with duplicates", typed), ("one record each", customers)):
    error = np.mean([copycat_error(table, seed) for seed in range(10)])
    print(f"{name}: misses by {error:.0f} USD")

# %% [markdown]
# The duplicates make the model look better: it has seen some test customers in
# training. Not one prediction for a *new* customer is any better. Remove duplicates
# before you split, and by the customer, not by the line.
#
# ## Outliers
#
# The notes of many courses remove what lies outside the *IQR fences*: more than 1.5
# interquartile ranges (IQR) below the first or above the third quartile.
#
# ### Exercise: whom does the rule throw out?


# %%
# needs: customers
def iqr_fences(values, k=1.5):
    """The lower and the upper fence of a series; missing values do not count."""
    # BEGIN SOLUTION
    # PROMPT: quartiles by `values.quantile`; the fences are `k` IQRs outside of them.
    first, third = values.quantile(0.25), values.quantile(0.75)
    return first - k * (third - first), third + k * (third - first)
    # END SOLUTION


revenue = customers["next_year_spend"]
# BEGIN SOLUTION
# PROMPT: which share (0 to 1) of all `revenue` comes from customers whose
# PROMPT: `annual_spend` is above its upper fence?
above = customers["annual_spend"] > iqr_fences(customers["annual_spend"])[1]
lost_share = revenue[above].sum() / revenue.sum()
# END SOLUTION

# %%
lab.check("outliers")

# %% [markdown]
# Spending is *skewed*: many spend little, a few spend much, and the few are no errors.
# Look at the same column in dollars and on a logarithmic scale, and at one more: the
# `basket`, dollars for each order.

# %%
# needs: iqr_fences, lost_share
customers = customers.assign(basket=customers["annual_spend"] / customers["orders"])


def outside(values, k):
    """Which values lie outside their fences."""
    low, high = iqr_fences(values, k)
    return (values < low) | (values > high)


rules = {
    "annual_spend in USD, 1.5 IQR": outside(customers["annual_spend"], 1.5),
    "log of annual_spend, 1.5 IQR": outside(np.log10(customers["annual_spend"]), 1.5),
    "log of basket, 3 IQR": outside(np.log10(customers["basket"]), 3),
}
for name, flags in rules.items():
    share = customers.loc[flags, "next_year_spend"].sum() / revenue.sum()
    print(f"{name}: {flags.sum():3} customers, {share:.1%} of next year's revenue")
suspects = customers[rules["log of basket, 3 IQR"]].nsmallest(5, "basket")
print(suspects[["orders", "annual_spend", "basket", "next_year_spend"]].round(0))

# %% [markdown]
# The three rules answer three questions. The first finds the best customers. The last
# finds baskets of thousands of dollars whose buyers go on to spend a few hundred. You
# ask the shop: its checkout takes no basket above 1,000 USD. These amounts are cents.
#
# So there is a *cause*, and a fixed rule: a basket above the limit is an error, and the
# amount becomes missing. Nobody is thrown out.

# %%
# needs: iqr_fences, lost_share
CHECKOUT_LIMIT = 1000
wrong = customers["basket"] > CHECKOUT_LIMIT
clean = customers.drop(columns="basket").assign(
    age=customers["age"].where(customers["age"].between(18, 110)),
    annual_spend=customers["annual_spend"].mask(wrong),
)
before, after = customers["annual_spend"], clean["annual_spend"]
print(f"{wrong.sum()} amounts become missing, {len(clean)} customers stay")
print(f"mean:   {before.mean():7.0f} → {after.mean():.0f} USD")
print(f"median: {before.median():7.0f} → {after.median():.0f} USD")
look = {"color": "lightsteelblue", "edgecolor": "grey"}
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 3.4))
left.boxplot([before.dropna(), after.dropna()], orientation="horizontal", widths=0.6)
left.set_yticks([1, 2], ["as\nrecorded", "by the\nrule"])
left.set(xscale="log", xlabel="annual spend (USD, logarithmic)")
fence = iqr_fences(after)[1]
middle.hist(after.dropna(), bins=60, **look)
middle.axvline(fence, color="black", linestyle="--", label="upper IQR fence")
middle.set(xlabel="annual spend by the rule (USD)", ylabel="customers")
right.hist(customers["basket"].dropna(), bins=np.geomspace(3, 30_000, 60), **look)
right.axvline(CHECKOUT_LIMIT, color="black", linestyle=":", label="checkout limit")
right.set(xscale="log", xlabel="basket as recorded (USD, logarithmic)")
right.set(yscale="log", ylabel="customers (logarithmic)")
middle.legend(frameon=False)
right.legend(frameon=False)
figure.tight_layout()
show(
    figure,
    alt="Left: box plots of annual spend on a logarithmic axis; as recorded the points"
    f" reach {before.max():,.0f} USD, by the rule {after.max():,.0f} USD. Middle:"
    f" histogram of annual spend with a long tail beyond the fence at {fence:,.0f} USD."
    f" Right: histogram of baskets on logarithmic axes, a symmetric hill and"
    f" {wrong.sum()} baskets apart from it beyond the limit of {CHECKOUT_LIMIT:,} USD",
)

# %% [markdown]
# Left: the rule takes away the far points, and neither box nor median moves visibly.
# The mean has moved, as printed above: with skewed data and with errors, the median is
# the safer summary. Middle: there is no gap at the IQR fence. The tail runs through it,
# and what is cut there is cut out of the midst of real customers. Right: on the
# logarithmic scale the baskets form a hill, and the errors stand apart from it.
#
# ## Missing values
#
# How much is missing is the first question. *Whose* value is missing is the second.

# %%
# needs: clean
complete = clean.dropna()
dearer = complete["next_year_spend"].mean() / clean["next_year_spend"].mean() - 1
print(f"rows without a missing value: {len(complete) / len(clean):.0%}")
print(f"their mean next_year_spend differs by {dearer:+.1%} from that of all customers")
share = clean.isna().mean()
share = share[share > 0].sort_values()
tenth = pd.qcut(clean["next_year_spend"], 10, labels=False) + 1
withheld = clean["income"].isna().groupby(tenth).mean()
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2))
left.barh(list(share.index), share * 100, **look)
left.set(xlabel="missing (% of customers)")
right.bar(withheld.index, withheld * 100, **look)
right.axhline(clean["income"].isna().mean() * 100, color="black", linestyle="--")
right.set(xlabel="tenth of customers by next year's spend", xticks=range(1, 11))
right.set(ylabel="income missing (%)")
figure.tight_layout()
show(
    figure,
    alt="Left: bars of missing values, "
    + ", ".join(f"{name} {part:.0%}" for name, part in share.items())
    + f". Right: the share of missing incomes rises from {withheld.iloc[0]:.0%} in the"
    f" lowest tenth of customers by next year's spend to {withheld.iloc[-1]:.0%} in the"
    " highest; a dashed line marks the average",
)

# %% [markdown]
# Income is not missing at random: who will spend much tends not to tell it. The table
# cannot show incomes that nobody told, but it shows that their absence means something.
# Dropping incomplete rows therefore drops a certain kind of customer.
#
# ### The line that does nothing
#
# Notes fill missing values with `df["age"].fillna(…, inplace=True)`. Since pandas 3,
# `df["age"]` behaves as a copy: the copy is filled, and thrown away
# ([copy-on-write](https://pandas.pydata.org/docs/user_guide/copy_on_write.html)).
# In pandas 2 that is an option, which the cell switches on.

# %%
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pandas does warn, and a log of jobs hides it
    with pd.option_context("mode.copy_on_write", True):
        df = pd.DataFrame({"age": [31, np.nan, 47, np.nan]})
        df["age"].fillna(df["age"].median(), inplace=True)
        print("missing after fillna(…, inplace=True):", df["age"].isna().sum())
        df["age"] = df["age"].fillna(df["age"].median())
        print("missing after an assignment:          ", df["age"].isna().sum())

# %% [markdown]
# ## Clean first, split later?
#
# Now the recipe of the notes as a whole: fill with medians of the whole table, drop
# rows outside the fences, and *then* split off a test set. Twenty splits, one model
# each, two ways to test it: on the test rows that the recipe has left, and on all
# customers of the test set, as next year will bring them.

# %%
# needs: clean
NUMBERS = ["age", "income", "orders", "annual_spend"]
FEATURES = [*NUMBERS, "region"]
TARGET = "next_year_spend"


def plain_model():
    """A linear regression on numbers and region."""
    return make_pipeline(
        make_column_transformer((OneHotEncoder(), ["region"]), remainder="passthrough"),
        LinearRegression(),
    )


def miss(model, table):
    """Mean absolute error in USD."""
    return mean_absolute_error(table[TARGET], model.predict(table[FEATURES]))


def notes_recipe(table):
    """The notes' cleaning: gives all rows filled, and the rows that it keeps."""
    filled = table.fillna(table[NUMBERS].median())
    return filled, filled[~outside(filled["annual_spend"], 1.5)]


filled, kept = notes_recipe(clean)
claims, truths, best, baselines = [], [], [], []
for seed in range(20):
    train, test = train_test_split(filled, test_size=0.25, random_state=seed)
    kept_train, kept_test = (
        kept[kept.index.isin(part.index)] for part in (train, test)
    )
    recipe = plain_model().fit(kept_train[FEATURES], kept_train[TARGET])
    dummy = DummyRegressor(strategy="median").fit(train[FEATURES], train[TARGET])
    claims.append(miss(recipe, kept_test))
    truths.append(miss(recipe, test))
    best.append(miss(recipe, test.nlargest(len(test) // 10, TARGET)))
    baselines.append(miss(dummy, test))
print(f"the recipe's own test set: misses by {np.mean(claims):3.0f} USD")
print(f"all customers:             misses by {np.mean(truths):3.0f} USD")
print(f"the best tenth of them:    misses by {np.mean(best):3.0f} USD")
print(f"baseline, always the median, all:    {np.mean(baselines):3.0f} USD")

# %% [markdown]
# One model, two numbers. The first is not a measurement of anything that will happen:
# the recipe has removed the difficult customers from the *examination*, too. And the
# fences and medians were computed with the test rows in hand, which is a leak.
#
# What may be done before the split, then? What looks at one row and fixed rules only,
# such as types and valid ranges, and the removal of duplicates. What is *learned* from
# the rows (medians, fences, lists of categories) is learned from the training split,
# inside a scikit-learn `Pipeline`.
#
# ### Exercise: fill inside a pipeline
#
# `SimpleImputer` fills with what it has learned in `fit`. With `add_indicator=True` it
# adds a column for each one that has gaps, which says *was missing*. So the model can
# use that withheld incomes mean something.

# %%
# needs: clean
train, test = train_test_split(clean, test_size=0.25, random_state=0)
print(len(train), "customers to learn from,", len(test), "to be tested on")
# BEGIN SOLUTION
# PROMPT: a `Pipeline` in `model`, fitted on `train[FEATURES]` and `train[TARGET]`:
# PROMPT: NUMBERS filled with medians and with indicators, region one-hot encoded
# PROMPT: (`plain_model` above shows how), and a `LinearRegression`.
model = make_pipeline(
    make_column_transformer(
        (SimpleImputer(strategy="median", add_indicator=True), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore"), ["region"]),
    ),
    LinearRegression(),
).fit(train[FEATURES], train[TARGET])
# END SOLUTION

# %%
lab.check("pipeline")

# %% [markdown]
# ### Exercise: drop or fill?
#
# A colleague says: drop the incomplete rows, there are plenty left to learn from. For
# the budget one figure counts: the error of the *total*, as a share of it.


# %%
# needs: model, train
def total_error(fitted, table):
    """Predicted over real total of next year's spend, minus 1."""
    return fitted.predict(table[FEATURES]).sum() / table[TARGET].sum() - 1


# BEGIN SOLUTION
# PROMPT: measure `total_error` on `test` for your fitted `model` ("fill"), and for a
# PROMPT: `clone(model)` that is fitted on the complete rows of `train` ("drop"). Keep
# PROMPT: both in `totals`, and name the design to take in `choice`.
complete_train = train.dropna()
dropping = clone(model).fit(complete_train[FEATURES], complete_train[TARGET])
totals = {"fill": total_error(model, test), "drop": total_error(dropping, test)}
choice = min(totals, key=lambda design: abs(totals[design]))
# END SOLUTION

# %%
lab.check("design")

# %% [markdown]
# Is that one lucky split? All designs once more, each on the same twenty splits, on
# all customers of the test set. *Errors left in* is your pipeline on amounts in which
# cents still pass for dollars; *no indicator* is yours with that switch off.

# %%
# needs: model, choice
with_errors = clean.assign(annual_spend=customers["annual_spend"])
switch = next(name for name in model.get_params() if name.endswith("add_indicator"))
without = clone(model).set_params(**{switch: False})
designs = {
    "always the median": (clean, lambda t: t, DummyRegressor(strategy="median")),
    "errors left in": (with_errors, lambda t: t, model),
    "outliers dropped": (clean, lambda t: notes_recipe(t)[1], model),
    "incomplete rows dropped": (clean, lambda t: t.dropna(), model),
    "filled, no indicator": (clean, lambda t: t, without),
    "your pipeline": (clean, lambda t: t, model),
}
results = {}
for name, (table, prepare, design) in designs.items():
    scores = []
    for seed in range(20):
        seen, unseen = train_test_split(table, test_size=0.25, random_state=seed)
        seen = prepare(seen)
        fitted = clone(design).fit(seen[FEATURES], seen[TARGET])
        scores.append((miss(fitted, unseen), 100 * total_error(fitted, unseen)))
    results[name] = np.mean(scores, axis=0)
for name, (error, total) in results.items():
    print(f"{name:24} misses by {error:3.0f} USD, the total by {total:+5.1f} %")
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), sharey=True)
names = list(results)[::-1]
left.barh(names, [results[n][0] for n in names], **look)
left.set(xlabel="mean absolute error (USD)")
right.barh(names, [results[n][1] for n in names], **look)
right.axvline(0, color="black", linewidth=0.8)
right.set(xlabel="error of the total (%)")
figure.tight_layout()
show(
    figure,
    alt="Two bar charts of six designs. Mean absolute error in USD and error of the"
    " total: " + "; ".join(f"{n} {e:.0f}, {t:+.1f} %" for n, (e, t) in results.items()),
)

# %% [markdown]
# Read both sides. For a single customer (left), errors that stay in do the most harm,
# and dropping looks as good as filling. The total (right) tells those two apart: who
# drops outliers or incomplete rows has not seen the customers who bring the money, and
# plans too small a year. The indicator gains a little for the
# single customer, and costs one argument. Choose the score by the question, then clean.
#
# ## Parquet keeps what you have done
#
# A CSV file has no types: the next reader guesses again. Apache Parquet stores them.
# What is *missing* stays missing in the file: filling belongs to the model.
#
# ### Exercise: store the clean table

# %%
# needs: clean
# BEGIN SOLUTION
# PROMPT: store `clean` as Parquet, without its index, in `bucket` under the key
# PROMPT: `clean/customers.parquet`, and keep the key in `clean_key`.
clean_key = "clean/customers.parquet"
buffer = io.BytesIO()
clean.to_parquet(buffer, index=False)
response = s3.put_object(Bucket=bucket, Key=clean_key, Body=buffer.getvalue())
# END SOLUTION

# %%
lab.check("store")

# %% [markdown]
# And the job that failed? The same two columns from the clean table, as Parquet.

# %%
# needs: clean_key
buffer = io.BytesIO()
clean[["next_year_spend", "orders", "age"]].to_parquet(buffer, index=False)
s3.put_object(Bucket=bucket, Key="typed/train.parquet", Body=buffer.getvalue())
job = sagemaker.describe_training_job(
    TrainingJobName=train_on("typed", "application/x-parquet")
)
print(job["TrainingJobStatus"])

# %% [markdown]
# It trains. The gaps in `age` are no problem: XGBoost takes missing values as they are.
#
# ## Quiz

# %%
lab.quiz("202-inplace")
lab.quiz("202-before-split")
lab.quiz("202-not-at-random")
lab.quiz("202-skewed")
lab.quiz("202-no-code")

# %% [markdown]
# ## Then and now
#
# ```python
# # Then: as many notes have it
# df["age"].fillna(df["age"].median(), inplace=True)     # no effect in pandas 3
# Q1, Q3 = df["amount"].quantile(0.25), df["amount"].quantile(0.75)
# IQR = Q3 - Q1
# df = df[(df["amount"] >= Q1 - 1.5 * IQR) & (df["amount"] <= Q3 + 1.5 * IQR)]
# train, test = train_test_split(df)                     # too late
#
# # Now
# train, test = train_test_split(df)
# model = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), …)
# model.fit(train[features], train[target])
# ```
#
# On AWS the same work is done
#
# - without code in Amazon SageMaker Data Wrangler, which lives in **SageMaker Canvas**
#   now; notes show it in Studio Classic. It has over 300 built-in transformations
#   ([docs](https://docs.aws.amazon.com/sagemaker/latest/dg/canvas-prepare-data.html));
#   lab 201 works with it. The module `sagemaker.wrangler` of SDK v2 is gone in v3;
# - without code in **AWS Glue DataBrew**, as a recipe of up to 100 steps that a job
#   then applies to the whole data set
#   ([docs](https://docs.aws.amazon.com/databrew/latest/dg/recipes.html));
# - in code, in an AWS Glue job on Apache Spark (lab 103) or a SageMaker processing job
#   with scikit-learn (lab 406).
#
# All of them make it easy to fill a column with its median *before* any split. What
# this lab has measured holds there, too. And previews are samples: a Canvas transform
# of a large table shows 100 rows of a random 20,000, so a rare spelling can stay unseen
# until the job runs.
#
# ## Cost and security
#
# Here cleaning has run in the notebook, and Amazon S3 charges by requests and bytes.
# As a processing job, it would be billed by the second of an instance.
#
# The role needs `s3:GetObject`, `s3:PutObject` and `s3:ListBucket` on the bucket, for
# the jobs `sagemaker:CreateTrainingJob`, `DescribeTrainingJob` and `AddTags`, and
# `iam:PassRole` for the role that they work under. Whoever cleans reads the raw data:
# let few read the raw prefix, and those who model the clean one.
#
# The local cloud differs from AWS in that it does not enforce these permissions.

# %%
lab.bill()
hour = load_prices().instance_hour("processing", "ml.m5.large").usd
print(f"\nTen minutes of a processing job on ml.m5.large: {hour / 6:.3f} USD")
lab.exam()

# %% [markdown]
# ## Take-away
#
# - Convert by rules that you can name, and count what each rule makes missing.
# - Duplicates go before the split, by customer, after the ids are clean.
# - An outlier needs a cause. Without one it is a customer.
# - What is learned from rows is learned from training rows only.
# - A value that is missing tells something: keep an indicator.
#
# ## Teardown

# %%
lab.end()
