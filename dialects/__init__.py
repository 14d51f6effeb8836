"""Dialects: relay (graph), and the attributes they share."""
