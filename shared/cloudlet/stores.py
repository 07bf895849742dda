"""Typed state, one store of each kind per account and region.

A store is a dataclass of plain values (strings, numbers, times, lists, mappings and
dataclasses of these), so that it can be written to disk and read back; what can't be
written (threads, processes, sockets) lives in the engine, never in a store.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import RLock
from typing import TypeVar, cast


@dataclass(frozen=True)
class Scope:
    """Where a resource lives."""

    account_id: str
    region: str


class Store:
    """Base of all stores; a subclass is a dataclass whose fields have defaults."""


S = TypeVar("S", bound=Store)


class Stores:
    """All the state of the cloud, under one lock."""

    def __init__(self) -> None:
        self.lock = RLock()
        self._stores: dict[tuple[type[Store], Scope], Store] = {}

    def of(self, kind: type[S], scope: Scope) -> S:
        """The store of this kind in this account and region, made on first use."""
        with self.lock:
            store = self._stores.setdefault((kind, scope), kind())
        return cast(S, store)

    def all(self, kind: type[S]) -> list[tuple[Scope, S]]:
        """Every store of this kind, with its scope."""
        with self.lock:
            return [
                (scope, cast(S, store))
                for (stored_kind, scope), store in self._stores.items()
                if stored_kind is kind
            ]

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            self._stores.clear()
