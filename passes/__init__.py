"""Passes: the manager, the pipelines, and the passes of each level."""
