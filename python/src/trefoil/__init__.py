"""Trefoil in notebooks and scripts, on PySpark.

    import trefoil
    spark = trefoil.session(owners="OWNERS.yaml")
    spark.sql("SELECT segment, count(*) FROM trefoil.bank.customers GROUP BY segment").show()
"""
from trefoil._card import Card, card
from trefoil._explain import Explanation, explain
from trefoil._notebook import load_ipython_extension, unload_ipython_extension
from trefoil._parties import Seen, seen, shares
from trefoil._progress import last_run, progress
from trefoil._recipe import recipe
from trefoil._session import session

__all__ = ["Card", "Explanation", "Seen", "card", "explain", "last_run", "load_ipython_extension", "progress", "recipe",
           "seen", "session", "shares", "unload_ipython_extension"]
