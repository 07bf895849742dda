"""Shared by this folder's tests and the one whose network is cut."""

from clients.client_programs import work

__all__ = ["work"]
