"""Passes relay -> relay, one file each."""
