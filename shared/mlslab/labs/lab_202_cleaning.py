"""Checks of lab 202."""

import io
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.dummy import DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.metrics import mean_absolute_error
from sklearn.pipeline import Pipeline

from mlslab.aws import Aws
from mlslab.checks import Incorrect, check, require

RAW, CLEAN = "raw/customers.csv", "clean/customers.parquet"
NUMBERS = ["age", "income", "orders", "annual_spend"]
FEATURES = [*NUMBERS, "region"]
TARGET = "next_year_spend"
CHECKOUT_LIMIT = 1000
"""USD: the dearest basket that the shop takes."""


def _raw(aws: Aws) -> pd.DataFrame:
    """The export as text, its ids in one spelling."""
    body = aws.s3.get_object(Bucket=aws.bucket, Key=RAW)["Body"].read()
    raw = pd.read_csv(io.BytesIO(body), dtype=str, keep_default_na=False)
    return raw.assign(customer_id=raw["customer_id"].str.strip().str.upper())


@check(
    lab="202",
    name="failure",
    title="Find out why the job failed",
    points=1,
    objective="failure",
    hints=(
        "`describe_training_job` has a member that only a failed job has.",
        "Its `FailureReason` counts the columns of the data that was sent: `plain`"
        " has the target in column 0.",
        'The value stands in `raw` as well: `raw["…"].value_counts()` shows it.',
    ),
)
def failure(culprit: str, culprit_value: str, aws: Aws) -> None:
    """The column, and a value in it that is no number."""
    raw = _raw(aws)
    require(culprit in raw.columns, f"`culprit` is {culprit!r}, no column of the table")
    require(
        culprit in ("next_year_spend", "orders", "age"),
        f"`culprit` is {culprit!r}, a column that the job has not been given",
    )
    values = raw[culprit]
    numeric = pd.to_numeric(values.where(values != "", "0"), errors="coerce").notna()
    require(not numeric.all(), f"each value of `{culprit}` in the file is a number")
    require(
        culprit_value in set(values),
        f"`culprit_value` is {culprit_value!r}, which is no value of `{culprit}`",
    )
    require(
        culprit_value in set(values[~numeric]),
        f"`culprit_value` is {culprit_value!r}, which XGBoost can use",
    )


AMOUNTS = {
    "$1,250.00": 1250.0,
    "USD 1,012,250.40": 1012250.4,
    "1250.75": 1250.75,
    "50,979": 50979.0,
    "USD 8.05": 8.05,
}


@check(
    lab="202",
    name="money",
    title="Read money",
    points=2,
    objective="types",
    hints=(
        "Digits and the decimal point are the number; all else is decoration.",
        "`re.sub` replaces what a pattern finds; `[^…]` finds what is not listed.",
        r'`digits = re.sub(r"[^\d.]", "", text)`, and nothing left means `np.nan`.',
    ),
)
def money(to_dollars: Callable[..., float]) -> None:
    """All forms of the file, and nothing recorded as NaN."""
    for text, expected in AMOUNTS.items():
        got = _read(to_dollars, text)
        require(
            isinstance(got, float | int) and math.isclose(got, expected),
            f"`to_dollars({text!r})` gives {got!r}",
        )
    for text in ("", "n/a", "-"):
        got = _read(to_dollars, text)
        require(
            isinstance(got, float) and math.isnan(got),
            f"`to_dollars({text!r})` gives {got!r}, and nothing was recorded there",
        )


def _read(to_dollars: Callable[..., float], text: str) -> Any:
    try:
        return to_dollars(text)
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
        raise Incorrect(f"`to_dollars({text!r})` raises {words}") from error


@check(
    lab="202",
    name="duplicates",
    title="One record for each customer",
    points=2,
    objective="duplicates",
    hints=(
        "Which column tells which of two records is newer?",
        "`drop_duplicates` takes the columns to compare, and which of the equal rows"
        " to keep; what is first and last depends on the order of the rows.",
        '`typed.sort_values("updated_at").drop_duplicates("customer_id", keep="…")`',
    ),
)
def duplicates(customers: pd.DataFrame, aws: Aws) -> None:
    """Every customer once, with the newest record."""
    raw = _raw(aws)
    newest = raw.groupby("customer_id")["updated_at"].max()
    missing = {"customer_id", "updated_at", *FEATURES, TARGET} - set(customers.columns)
    require(not missing, f"`customers` has no column {', '.join(sorted(missing))}")
    ids = customers["customer_id"]
    require(
        ids.is_unique,
        f"`customers` has {len(customers)} rows for {ids.nunique()} customers",
    )
    lost = set(newest.index) - set(ids)
    require(not lost, f"{len(lost)} customers of the file are not in `customers`")
    kept = pd.to_datetime(customers.set_index("customer_id")["updated_at"])
    older = (kept < pd.to_datetime(newest).reindex(kept.index)).sum()
    require(not older, f"{older} customers stand in `customers` with an older record")


@check(
    lab="202",
    name="outliers",
    title="Whom the IQR rule throws out",
    points=2,
    objective="outliers",
    hints=(
        "The IQR is the distance between the quartiles; each fence begins at one.",
        "`values.quantile(0.25)` is the first quartile; it leaves gaps out.",
        '`customers["annual_spend"] > high` selects; sum `revenue` of those, and divide'
        " by the sum of all.",
    ),
)
def outliers(
    iqr_fences: Callable[..., Any], lost_share: float, customers: pd.DataFrame
) -> None:
    """The fences of small series, and the share of revenue above one."""
    steps = pd.Series([0.0, 1.0, 2.0, 3.0, 4.0])
    for values, k, expected in (
        (steps, 1.5, (-2.0, 6.0)),
        (steps, 3, (-5.0, 9.0)),
        (pd.concat([steps, pd.Series([np.nan])]), 1.5, (-2.0, 6.0)),
    ):
        got = tuple(iqr_fences(values, k))
        require(
            len(got) == 2 and np.allclose(got, expected),
            f"`iqr_fences` of {values.tolist()} with k={k} gives"
            f" {tuple(round(float(fence), 3) for fence in got)}",
        )
    spend, revenue = customers["annual_spend"], customers[TARGET]
    first, third = spend.quantile(0.25), spend.quantile(0.75)
    above = spend > third + 1.5 * (third - first)
    require(
        not math.isclose(lost_share, above.mean(), rel_tol=0.01),
        "`lost_share` is the share of the customers, not of their revenue",
    )
    require(
        0 <= lost_share <= 1, f"`lost_share` is {lost_share:.3g}; a share is 0 to 1"
    )
    require(
        math.isclose(lost_share, revenue[above].sum() / revenue.sum(), rel_tol=0.01),
        f"`lost_share` is {lost_share:.3f}, not the share of `next_year_spend` of"
        " customers above the fence",
    )


@check(
    lab="202",
    name="pipeline",
    title="Fill inside a pipeline",
    points=3,
    objective="missing",
    hints=(
        "`plain_model` above is nearly it: what happens to the numbers there?",
        "`make_column_transformer` takes pairs of a transformer and its columns.",
        '`(SimpleImputer(strategy="…", add_indicator=True), NUMBERS)` is one pair; fit'
        " on `train`, whatever else is at hand.",
    ),
)
def pipeline(
    model: Pipeline, train: pd.DataFrame, test: pd.DataFrame, clean: pd.DataFrame
) -> None:
    """Medians of the training split, indicators, and better than the baseline."""
    answer = _predict(model, test)
    imputers = [part for part in _parts(model) if isinstance(part, SimpleImputer)]
    require(imputers, "there is no `SimpleImputer` in `model`")
    imputer = max(imputers, key=lambda part: len(part.statistics_))
    _require_medians(imputer, train, clean)
    require(
        imputer.add_indicator,
        "`model` cannot tell a filled income from one that was told",
    )
    baseline = DummyRegressor(strategy="median").fit(train[FEATURES], train[TARGET])
    missed = mean_absolute_error(test[TARGET], answer)
    dull = mean_absolute_error(test[TARGET], baseline.predict(test[FEATURES]))
    require(
        missed < 0.75 * dull,
        f"`model` misses by {missed:.0f} USD, always saying the median by {dull:.0f}",
    )


def _predict(model: Pipeline, test: pd.DataFrame) -> Any:
    try:
        return model.predict(test[FEATURES])
    except Exception as error:
        words = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        raise Incorrect(
            f"`model` cannot predict the test customers: {words}"
        ) from error


def _require_medians(
    imputer: SimpleImputer, train: pd.DataFrame, clean: pd.DataFrame
) -> None:
    learned = np.sort(np.asarray(imputer.statistics_, dtype=float))
    require(
        not _are(learned, clean[NUMBERS].median()),
        "the imputer in `model` has learned from the whole table, test set included",
    )
    require(
        not _are(learned, train[NUMBERS].mean()),
        "the imputer in `model` fills with means, which the long tails pull up",
    )
    require(
        _are(learned, train[NUMBERS].median()),
        f"the imputer in `model` fills with {learned.round(1).tolist()}, not with the"
        " medians of NUMBERS in `train`",
    )


def _are(learned: Any, statistics: pd.Series) -> bool:
    expected = np.sort(statistics.to_numpy(dtype=float))
    return len(learned) == len(expected) and np.allclose(learned, expected)


def _parts(estimator: Any) -> Iterator[Any]:
    """An estimator and all fitted ones inside it."""
    yield estimator
    steps = [step for _, step in getattr(estimator, "steps", ())]
    steps += [entry[1] for entry in getattr(estimator, "transformers_", ())]
    for step in steps:
        yield from _parts(step)


@check(
    lab="202",
    name="design",
    title="Drop or fill",
    points=2,
    objective="design",
    hints=(
        "`total_error` takes a fitted model and the table to be tested on.",
        "`train.dropna()` has the complete rows; `clone(model)` is a fresh, unfitted"
        " copy. Both designs are tested on the same customers.",
        '`totals = {"fill": total_error(model, test), "drop": total_error(…, test)}`;'
        " the better one is nearer to 0.",
    ),
)
def design(
    totals: dict[str, Any],
    choice: str,
    model: Pipeline,
    train: pd.DataFrame,
    test: pd.DataFrame,
) -> None:
    """Both errors of the total are measured on the test set, and the nearer taken."""
    require(
        set(totals) == {"fill", "drop"},
        f"`totals` has the keys {sorted(map(str, totals))}, not those of both designs",
    )
    for name, rows in (("fill", train), ("drop", train.dropna())):
        fitted = clone(model).fit(rows[FEATURES], rows[TARGET])
        for table, words in ((test, ""), (test.dropna(), "complete rows of the test")):
            error = fitted.predict(table[FEATURES]).sum() / table[TARGET].sum() - 1
            if math.isclose(totals[name], error, abs_tol=1e-6):
                require(
                    not words, f"`totals[{name!r}]` is measured on {words} set only"
                )
                break
        else:
            raise Incorrect(
                f"`totals[{name!r}]` is {totals[name]:+.4f}, which is not the error of"
                " the total on `test` for that design"
            )
    require(
        choice in totals, f"`choice` is {choice!r}, none of the designs in `totals`"
    )
    require(
        abs(totals[choice]) == min(map(abs, totals.values())),
        f"`choice` is {choice!r}, which is further from the real total",
    )


@check(
    lab="202",
    name="store",
    title="Store the clean table",
    points=2,
    objective="store",
    hints=(
        "pandas writes Parquet into a file or a buffer; Amazon S3 takes bytes.",
        "`clean.to_parquet(buffer, index=False)` with `buffer = io.BytesIO()`, and"
        " `buffer.getvalue()` gives the bytes.",
        "`s3.put_object(Bucket=bucket, Key=clean_key, Body=buffer.getvalue())`",
    ),
)
def store(clean_key: str, aws: Aws) -> None:
    """Parquet under the key, all customers, errors and gaps as missing values."""
    require(clean_key == CLEAN, f"`clean_key` is {clean_key!r}, not the key asked for")
    body = aws.s3.get_object(Bucket=aws.bucket, Key=clean_key)["Body"].read()
    require(body[:4] == b"PAR1", f"the object `{clean_key}` is not a Parquet file")
    table = pd.read_parquet(io.BytesIO(body))
    missing = {"customer_id", "signed_up", *FEATURES, TARGET} - set(table.columns)
    require(not missing, f"the table in S3 lacks {', '.join(sorted(missing))}")
    require(
        "__index_level_0__" not in table.columns and _counts_up(table.index),
        "the table in S3 carries the index along, which no reader has a use for",
    )
    customers = _raw(aws)["customer_id"].nunique()
    require(
        len(table) == customers and table["customer_id"].is_unique,
        f"the table in S3 has {len(table)} rows; the shop has {customers} customers",
    )
    for column in ("age", "income", "annual_spend"):
        require(
            table[column].isna().any(),
            f"`{column}` in S3 has no gaps any more: it was filled before the split",
        )
    dear = (table["annual_spend"] / table["orders"] > CHECKOUT_LIMIT).sum()
    require(not dear, f"{dear} amounts in S3 are beyond what the checkout takes")
    ages = table["age"].dropna()
    require(ages.between(18, 110).all(), "the table in S3 has ages that nobody has")


def _counts_up(index: Any) -> bool:
    return bool(index.equals(pd.RangeIndex(len(index))))
