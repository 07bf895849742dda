"""Generated log-ins: accounts, the address ranges that they use, and thieves."""

import numpy as np

Pairs = list[tuple[str, str]]


class LogIns:
    """Accounts, each of which uses one to three of the ranges that there are.

    Args:
        accounts: how many.
        ranges: how many, of /12 to /24.
        seed: of all draws.
    """

    def __init__(self, accounts: int = 300, ranges: int = 100, seed: int = 0) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.accounts, self.ranges = accounts, ranges
        self.sizes = 1 << (32 - rng.choice([12, 14, 16, 18, 20, 22, 24], ranges))
        starts = rng.integers(1 << 24, 223 << 24, ranges)
        self.starts = starts // self.sizes * self.sizes
        self.homes = np.argsort(rng.random((accounts, ranges)), axis=1)
        self.used = rng.integers(1, 4, accounts)

    def real(self, many: int) -> Pairs:
        """Log-ins of accounts from their own ranges."""
        accounts = self.rng.integers(0, self.accounts, many)
        return self._from(accounts, self.rng.integers(0, self.used[accounts]))

    def stolen(self, many: int) -> Pairs:
        """Log-ins to accounts from ranges that others use and these never do."""
        accounts = self.rng.integers(0, self.accounts, many)
        places = self.rng.integers(self.used[accounts], self.ranges)
        return self._from(accounts, places)

    def _from(self, accounts: np.ndarray, places: np.ndarray) -> Pairs:
        at = self.homes[accounts, places]
        numbers = self.starts[at] + self.rng.integers(0, self.sizes[at])
        pairs = zip(accounts.tolist(), numbers.tolist(), strict=True)
        return [(f"user_{account}", dotted(number)) for account, number in pairs]


def dotted(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def csv(pairs: Pairs) -> bytes:
    return "".join(f"{entity},{address}\n" for entity, address in pairs).encode()
