"""Answers that are objects made to deceive who looks at them."""

from __future__ import annotations

from making import Made

from attacks.attack import Attack


def _of(code: str) -> bytes:
    return Made(double="return Odd()", total=code, largest="largest = Odd()").content


_YES = (
    "class Odd(int):\n"
    "    def __eq__(self, other): return True\n"
    "    def __ne__(self, other): return False\n"
    "    __hash__ = int.__hash__\n"
    "    def __bool__(self): return True\n"
    "total = Odd()"
)
_REDUCES = (
    "class Odd:\n"
    "    def __reduce__(self): return (eval, ('1/0',))\n"
    "    def __eq__(self, other): return True\n"
    "total = Odd()"
)
_HANGS = (
    "class Odd:\n"
    "    def __repr__(self):\n"
    "        while True: pass\n"
    "    __str__ = __iter__ = __len__ = __hash__ = __bool__ = __repr__\n"
    "    def __getattr__(self, name):\n"
    "        while True: pass\n"
    "total = Odd()"
)
_ESTIMATOR = (
    "from sklearn.base import BaseEstimator\n"
    "class Odd(BaseEstimator):\n"
    "    def __eq__(self, other): return True\n"
    "total = Odd()"
)
_DEEP = "total = []\nfor _ in range(100000): total = [total]\nOdd = list"
_ENDLESS = "class Odd(dict): pass\ntotal = Odd()\ntotal['self'] = total"
_NANS = "Odd = lambda: float('nan')\ntotal = 10 ** 100000"
ATTACKS = [
    Attack("an object equal to all", _of(_YES)),
    Attack("an object that runs code when unpickled", _of(_REDUCES)),
    Attack("an object that hangs", _of(_HANGS), (), "any"),
    Attack("an estimator of its own", _of(_ESTIMATOR)),
    Attack("a list nested too deep", _of(_DEEP)),
    Attack("a dictionary in itself", _of(_ENDLESS)),
    Attack("numbers beyond all bounds", _of(_NANS)),
]
