func.func private @declared()
