"""What goes wrong in the zoo."""

from __future__ import annotations

from ... import InlayError


class ZooError(InlayError):
    """No model has this name, or it cannot be built with these options."""
