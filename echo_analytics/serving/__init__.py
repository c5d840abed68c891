"""The dashboard as a page of its own, and the notebooks in a JupyterLab."""
