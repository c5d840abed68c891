"""The analyses as SQLAlchemy selects: parameters in, ``Select`` out, no I/O.

The columns of a select, with their types, are the declared result of its analysis.
"""
