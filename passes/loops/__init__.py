"""Passes over tl kernels: they edit the schedules of nests, and where need be the nests."""
