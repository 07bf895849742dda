"""Hidden checks of lab 202.

They stand on the shop's own export, and on the split that the lab makes of `clean`.
"""

import hashlib
import io
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from mlslab.aws import Aws
from mlslab.checks import require
from mlslab.hidden import hidden
from mlslab.labs.lab_202_cleaning import CLEAN, FEATURES, NUMBERS, RAW, TARGET

EXPORT = "fdf810194852ceecea255c89d93fc65285e0e1ad2e708c565feea2f3cb69408d"
"""SHA-256 of `data/customers.csv`."""
REGIONS = {"n": "NA", "e": "EU", "a": "APAC"}
"""The regions by the first letters of all their spellings."""


def _export(aws: Aws) -> pd.DataFrame:
    """The export as text, its ids in one spelling, and nobody has changed it."""
    body = aws.s3.get_object(Bucket=aws.bucket, Key=RAW)["Body"].read()
    same = hashlib.sha256(body).hexdigest() == EXPORT
    require(same, f"`{RAW}` in the bucket is not the shop's export")
    table = pd.read_csv(io.BytesIO(body), dtype=str, keep_default_na=False)
    return table.assign(customer_id=table["customer_id"].str.strip().str.upper())


def _newest(aws: Aws) -> pd.DataFrame:
    """One record for each customer, by id."""
    records = _export(aws).sort_values(["customer_id", "updated_at"])
    return records.drop_duplicates("customer_id", keep="last").set_index("customer_id")


def _dollars(text: str) -> float:
    return float(re.sub(r"[^\d.]", "", text) or "nan")


@hidden(
    exercise="failure", message="`culprit_value` does not stand in the shop's export"
)
def in_the_export(culprit: str, culprit_value: str, aws: Aws) -> None:
    """The value is the shop's, and no number."""
    require(culprit_value in set(_export(aws)[culprit]), "the shop never wrote it")


@hidden(exercise="money", message="`to_dollars` misreads other amounts of these forms")
def other_amounts(to_dollars: Callable[..., float]) -> None:
    """Amounts of cents to millions, and nothing, in the forms of the exercise."""
    random = np.random.default_rng(202)
    amounts = [0.0, 0.05, *10 ** random.uniform(0, 7, 4)]
    for amount in amounts:
        for form in ("${:,.2f}", "USD {:,.2f}", "{:.2f}", "{:,.0f}"):
            _require_read(to_dollars, form.format(amount))


@hidden(exercise="money", message="`to_dollars` misreads amounts of the file")
def amounts_of_the_file(to_dollars: Callable[..., float], aws: Aws) -> None:
    """A few amounts of each form that the file has."""
    export = _export(aws)
    texts = pd.concat([export["income"], export["annual_spend"]], ignore_index=True)
    forms = texts.drop_duplicates().str.replace(r"\d+", "9", regex=True)
    for text in texts[forms.groupby(forms).head(2).index]:
        _require_read(to_dollars, text)


def _require_read(to_dollars: Callable[..., float], text: str) -> None:
    given, expected = to_dollars(text), _dollars(text)
    nothing = math.isnan(expected) and math.isnan(given)
    require(nothing or math.isclose(given, expected), f"{text!r} is read as {given!r}")


@hidden(
    exercise="duplicates",
    message="`customers` has rows that are not the newest record as it stands in the"
    " file",
)
def whole_records(customers: pd.DataFrame, aws: Aws) -> None:
    """All that a row says comes from the one record."""
    newest = _newest(aws)
    rows = customers.set_index("customer_id").reindex(newest.index)
    regions = newest["region"].str.strip().str.lower().str[0].map(REGIONS)
    require((rows["region"].astype(str) == regions).all(), "regions of other records")
    for name in ("orders", TARGET):
        expected = newest[name].astype(float)
        require(np.allclose(rows[name].astype(float), expected), f"{name} of others")


@hidden(
    exercise="outliers",
    message="`iqr_fences` is off for other series",
)
def other_series(iqr_fences: Callable[..., Any]) -> None:
    """Series of any length, with gaps and an index of their own, for any `k`."""
    random = np.random.default_rng(202)
    for size, gaps, k in ((1, 0, 1.5), (2, 0, 3), (7, 2, 0), (30, 9, 2.2), (61, 1, 1)):
        values = pd.Series(random.lognormal(3, 1, size), random.permutation(size) + 100)
        values.iloc[random.permutation(size)[:gaps]] = np.nan
        _require_fences(iqr_fences(values, k), values, k)
    _require_fences(iqr_fences(values), values, 1.5)


def _require_fences(given: Iterable[float], values: pd.Series, k: float) -> None:
    first, third = np.nanpercentile(values, [25, 75])
    expected = (first - k * (third - first), third + k * (third - first))
    fences = tuple(given)
    require(
        len(fences) == 2 and np.allclose(fences, expected),
        f"{len(values)} values with k={k}: {fences} for {expected}",
    )


@hidden(exercise="outliers", message="`lost_share` is not that of the shop's customers")
def revenue_of_the_shop(lost_share: float, aws: Aws) -> None:
    """The share follows from the export."""
    newest = _newest(aws)
    spend, revenue = newest["annual_spend"].map(_dollars), newest[TARGET].astype(float)
    first, third = np.nanpercentile(spend, [25, 75])
    above = spend > third + 1.5 * (third - first)
    expected = revenue[above].sum() / revenue.sum()
    require(math.isclose(lost_share, expected, rel_tol=0.01), f"{expected} is right")


def _split(clean: pd.DataFrame) -> Any:
    """The training and the test customers of the lab."""
    return train_test_split(clean, test_size=0.25, random_state=0)


@hidden(
    exercise="pipeline",
    message="`model` does not predict what a model predicts that has seen the training"
    " customers only",
)
def learned_from_train(model: Pipeline, clean: pd.DataFrame) -> None:
    """The same pipeline, fitted anew on the lab's training split, says the same."""
    train, test = _split(clean)
    anew = clone(model).fit(train[FEATURES], train[TARGET])
    answers = [fitted.predict(test[FEATURES]) for fitted in (model, anew)]
    worst = float(np.abs(answers[0] - answers[1]).max())
    require(worst < 0.01, f"its predictions differ by up to {worst:.2f} USD")


@hidden(
    exercise="design",
    message="`totals` was not measured on the customers that the lab has set aside",
)
def on_the_test_customers(
    totals: dict[str, Any], model: Pipeline, clean: pd.DataFrame
) -> None:
    """Both errors, from the lab's split."""
    train, test = _split(clean)
    for name, rows in (("fill", train), ("drop", train.dropna())):
        fitted = clone(model).fit(rows[FEATURES], rows[TARGET])
        error = fitted.predict(test[FEATURES]).sum() / test[TARGET].sum() - 1
        require(
            math.isclose(totals[name], error, abs_tol=1e-6),
            f"{name}: {totals[name]} for {error}",
        )


@hidden(
    exercise="store", message="the table in S3 has other values or types than `clean`"
)
def same_table(clean: pd.DataFrame, aws: Aws) -> None:
    """Numbers are numbers, dates are dates, and each is that of its customer."""
    body = aws.s3.get_object(Bucket=aws.bucket, Key=CLEAN)["Body"].read()
    stored = pd.read_parquet(io.BytesIO(body)).set_index("customer_id")
    expected = clean.set_index("customer_id")
    stored = stored.reindex(expected.index)
    for name in (*NUMBERS, TARGET):
        require(pd.api.types.is_numeric_dtype(stored[name]), f"{name} is text")
        given, right = (t[name].to_numpy(dtype=float) for t in (stored, expected))
        require(np.allclose(given, right, equal_nan=True), f"{name} differs")
    is_text = [isinstance(date, str) for date in stored["signed_up"]]
    require(not any(is_text), "signed_up is text")
    dates = pd.to_datetime(stored["signed_up"])
    require((dates == expected["signed_up"]).all(), "signed_up differs")
    regions = stored["region"].astype(str) == expected["region"].astype(str)
    require(regions.all(), "region differs")
