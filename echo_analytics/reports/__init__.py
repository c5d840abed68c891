"""Reports: what they contain, and how they are written."""
