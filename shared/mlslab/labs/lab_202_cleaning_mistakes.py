"""Mistakes that people make in lab 202."""

import numpy as np
import pandas as pd

from mlslab.labs.lab_202_cleaning import AMOUNTS
from mlslab.rehearsal import Mistake

_MODEL = """
    numbers = make_pipeline(SimpleImputer(strategy="{strategy}", add_indicator={flag}))
    model = make_pipeline(
        make_column_transformer(
            (numbers, NUMBERS), (OneHotEncoder(handle_unknown="ignore"), ["region"])
        ),
        LinearRegression(),
    )
    model.fit({table}[FEATURES], {table}[TARGET])
"""

MISTAKES = (
    Mistake(
        check="failure",
        name="counted from 1",
        values={"culprit": "orders", "culprit_value": "unknown"},
        says="each value of `orders` in the file is a number",
    ),
    Mistake(
        check="failure",
        name="another column",
        values={"culprit": "annual_spend", "culprit_value": "n/a"},
        says="has not been given",
    ),
    Mistake(
        check="failure",
        name="an impossible age",
        values={"culprit_value": "999"},
        says="which XGBoost can use",
    ),
    Mistake(
        check="failure",
        name="not in the file",
        values={"culprit_value": "abc"},
        says="is no value of `age`",
    ),
    Mistake(
        check="failure",
        name="a number of the column",
        values={"culprit": 2},
        says="`culprit` is of type int",
    ),
    Mistake(
        check="failure",
        name="a culprit of one's own making",
        answer="""
            spoilt = raw.assign(orders="many").to_csv(index=False).encode()
            s3.put_object(Bucket=bucket, Key=raw_key, Body=spoilt)
            culprit, culprit_value = "orders", "many"
        """,
        undo="s3.put_object(Bucket=bucket, Key=raw_key, Body=body)",
        hidden="in_the_export",
    ),
    Mistake(
        check="money",
        name="commas forgotten",
        values={"to_dollars": lambda text: float(text.strip("USD $") or "nan")},
        says="`to_dollars('$1,250.00')` raises ValueError",
    ),
    Mistake(
        check="money",
        name="comma as decimal point",
        values={
            "to_dollars": lambda text: float(
                text.strip("USD $").replace(".", "").replace(",", ".")
            )
        },
        says="`to_dollars('$1,250.00')` gives 1.25",
    ),
    Mistake(
        check="money",
        name="nothing is zero",
        answer="""
            digits = re.sub(r"[^0-9.]", "", text)
            return float(digits or 0)
        """,
        says="`to_dollars('')` gives 0.0",
    ),
    Mistake(
        check="money",
        name="by heart",
        values={"to_dollars": lambda text: AMOUNTS.get(text, np.nan)},
        hidden="other_amounts",
    ),
    Mistake(
        check="money",
        name="not without a comma or a point",
        answer="""
            digits = re.sub(r"[^0-9.]", "", text)
            return float(digits) if "," in text or "." in text else np.nan
        """,
        hidden="amounts_of_the_file",
    ),
    Mistake(
        check="duplicates",
        name="equal rows only",
        answer="customers = typed.drop_duplicates()",
        says="rows for 2000 customers",
    ),
    Mistake(
        check="duplicates",
        name="the first that comes",
        answer='customers = typed.drop_duplicates("customer_id")',
        says="with an older record",
    ),
    Mistake(
        check="duplicates",
        name="both thrown away",
        answer='customers = typed.drop_duplicates("customer_id", keep=False)',
        says="customers of the file are not in `customers`",
    ),
    Mistake(
        check="duplicates",
        name="the largest of each column",
        answer='customers = typed.groupby("customer_id").max().reset_index()',
        hidden="whole_records",
    ),
    Mistake(
        check="duplicates",
        name="the first, with the date of the newest",
        answer="""
            dates = typed.groupby("customer_id")["updated_at"].max()
            first = typed.drop_duplicates("customer_id")
            customers = first.assign(updated_at=first["customer_id"].map(dates))
        """,
        hidden="whole_records",
    ),
    Mistake(
        check="outliers",
        name="fences around the median",
        values={
            "iqr_fences": lambda values, k=1.5: (
                values.median() - k * values.std(),
                values.median() + k * values.std(),
            )
        },
        says="`iqr_fences` of [0.0, 1.0, 2.0, 3.0, 4.0] with k=1.5 gives",
    ),
    Mistake(
        check="outliers",
        name="k forgotten",
        values={
            "iqr_fences": lambda values, k=1.5: (
                2.5 * values.quantile(0.25) - 1.5 * values.quantile(0.75),
                2.5 * values.quantile(0.75) - 1.5 * values.quantile(0.25),
            )
        },
        says="with k=3 gives",
    ),
    Mistake(
        check="outliers",
        name="missing values count",
        values={
            "iqr_fences": lambda values, k=1.5: tuple(
                np.quantile(values, [0.25, 0.75])
                + np.array([-k, k]) * np.diff(np.quantile(values, [0.25, 0.75]))
            )
        },
        says="gives (nan, nan)",
    ),
    Mistake(
        check="outliers",
        name="fences by heart",
        values={"iqr_fences": lambda values, k=1.5: (1 - 2 * k, 3 + 2 * k)},
        hidden="other_series",
    ),
    Mistake(
        check="outliers",
        name="customers of one's own",
        values={
            "customers": pd.DataFrame(
                {"annual_spend": [1, 2, 3, 4, 100], "next_year_spend": [1, 1, 1, 1, 4]}
            ),
            "lost_share": 0.5,
        },
        hidden="revenue_of_the_shop",
    ),
    Mistake(
        check="outliers",
        name="customers counted",
        values={"lost_share": 157 / 2000},
        says="the share of the customers, not of their revenue",
    ),
    Mistake(
        check="outliers",
        name="in percent",
        values={"lost_share": 25.3},
        says="a share is 0 to 1",
    ),
    Mistake(
        check="pipeline",
        name="fitted on the whole table",
        answer=_MODEL.format(strategy="median", flag=True, table="clean"),
        says="has learned from the whole table",
    ),
    Mistake(
        check="pipeline",
        name="means",
        answer=_MODEL.format(strategy="mean", flag=True, table="train"),
        says="fills with means",
    ),
    Mistake(
        check="pipeline",
        name="no indicator",
        answer=_MODEL.format(strategy="median", flag=False, table="train"),
        says="cannot tell a filled income",
    ),
    Mistake(
        check="pipeline",
        name="another statistic",
        answer=_MODEL.format(strategy="most_frequent", flag=True, table="train"),
        says="not with the medians of NUMBERS in `train`",
    ),
    Mistake(
        check="pipeline",
        name="no imputer",
        answer="model = plain_model().fit("
        "train.dropna()[FEATURES], train.dropna()[TARGET])",
        says="cannot predict the test customers: ValueError",
    ),
    Mistake(
        check="pipeline",
        name="not fitted",
        answer="model = plain_model()",
        says="cannot predict the test customers: NotFittedError",
    ),
    Mistake(
        check="pipeline",
        name="fitted on the whole table, medians put right",
        answer=_MODEL.format(strategy="median", flag=True, table="clean")
        + """
    numbers = model[0].named_transformers_["pipeline"]
    numbers[0].statistics_ = train[NUMBERS].median().to_numpy()
        """,
        hidden="learned_from_train",
    ),
    Mistake(
        check="design",
        name="another test set",
        answer="""
            test = train
            complete = train.dropna()
            dropping = clone(model).fit(complete[FEATURES], complete[TARGET])
            totals = {
                "fill": total_error(model, test),
                "drop": total_error(dropping, test),
            }
            choice = "fill"
        """,
        hidden="on_the_test_customers",
    ),
    Mistake(
        check="design",
        name="the worse one",
        values={"choice": "drop"},
        says="further from the real total",
    ),
    Mistake(
        check="design",
        name="examined on complete rows",
        answer="""
            complete = train.dropna()
            dropping = clone(model).fit(complete[FEATURES], complete[TARGET])
            totals = {
                "fill": total_error(model, test),
                "drop": total_error(dropping, test.dropna()),
            }
            choice = "fill"
        """,
        says="`totals['drop']` is measured on complete rows",
    ),
    Mistake(
        check="design",
        name="examined on the training set",
        answer="""
            complete = train.dropna()
            dropping = clone(model).fit(complete[FEATURES], complete[TARGET])
            totals = {
                "fill": total_error(model, train),
                "drop": total_error(dropping, test),
            }
            choice = "fill"
        """,
        says="`totals['fill']` is",
    ),
    Mistake(
        check="design",
        name="other keys",
        values={"totals": {"impute": 0.0, "drop": -0.1}},
        says="not those of both designs",
    ),
    Mistake(
        check="store",
        name="CSV under a Parquet name",
        answer="""
            clean_key = "clean/customers.parquet"
            text = clean.to_csv(index=False).encode()
            s3.put_object(Bucket=bucket, Key=clean_key, Body=text)
        """,
        says="is not a Parquet file",
    ),
    Mistake(
        check="store",
        name="another key",
        values={"clean_key": "customers.parquet"},
        says="not the key asked for",
    ),
    Mistake(
        check="store",
        name="filled before the split",
        answer="""
            clean_key = "clean/customers.parquet"
            buffer = io.BytesIO()
            clean.fillna(clean[NUMBERS].median()).to_parquet(buffer, index=False)
            s3.put_object(Bucket=bucket, Key=clean_key, Body=buffer.getvalue())
        """,
        says="it was filled before the split",
    ),
    Mistake(
        check="store",
        name="the training split",
        answer="""
            clean_key = "clean/customers.parquet"
            buffer = io.BytesIO()
            train.to_parquet(buffer, index=False)
            s3.put_object(Bucket=bucket, Key=clean_key, Body=buffer.getvalue())
        """,
        says="the table in S3 has 1500 rows",
    ),
    Mistake(
        check="store",
        name="the table before the rules",
        answer="""
            clean_key = "clean/customers.parquet"
            buffer = io.BytesIO()
            customers.to_parquet(buffer, index=False)
            s3.put_object(Bucket=bucket, Key=clean_key, Body=buffer.getvalue())
        """,
        says="beyond what the checkout takes",
    ),
    Mistake(
        check="store",
        name="dates as text",
        answer="""
            clean_key = "clean/customers.parquet"
            buffer = io.BytesIO()
            dates = clean["signed_up"].dt.strftime("%Y-%m-%d")
            clean.assign(signed_up=dates).to_parquet(buffer, index=False)
            s3.put_object(Bucket=bucket, Key=clean_key, Body=buffer.getvalue())
        """,
        hidden="same_table",
    ),
    Mistake(
        check="store",
        name="the index along",
        answer="""
            clean_key = "clean/customers.parquet"
            buffer = io.BytesIO()
            clean.to_parquet(buffer)
            s3.put_object(Bucket=bucket, Key=clean_key, Body=buffer.getvalue())
        """,
        says="carries the index along",
    ),
)
