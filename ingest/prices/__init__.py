"""Closing prices."""
