"""What a user drives: plug-in discovery and, later, compile and tune."""
