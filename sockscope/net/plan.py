"""Requests under the names that the engine has for them."""

from sockscope.request import Connect as ConnectPlan
from sockscope.request import Listen as ListenPlan

__all__ = ["ConnectPlan", "ListenPlan"]
