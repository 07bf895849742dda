"""What the cloud's resources would have cost on AWS.

`Meter` records usage, `load_prices` reads the dated price table, `make_bill` puts the
two together. No clock is read here: every time is passed in, and is cloud time.
"""

from cloudlet.metering.bill import Bill, Forecast, Line, make_bill
from cloudlet.metering.prices import (
    Price,
    Prices,
    PriceTableError,
    Source,
    StorageClass,
    UnknownPrice,
    load_prices,
)
from cloudlet.metering.storage import StoredObject, storage_usage
from cloudlet.metering.usage import Ledger, Meter, Usage

__all__ = [
    "Bill",
    "Forecast",
    "Ledger",
    "Line",
    "Meter",
    "Price",
    "PriceTableError",
    "Prices",
    "Source",
    "StorageClass",
    "StoredObject",
    "UnknownPrice",
    "Usage",
    "load_prices",
    "make_bill",
    "storage_usage",
]
