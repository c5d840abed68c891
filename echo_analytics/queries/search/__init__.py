"""Full-text search over an index beside the posts, or over the posts themselves.

From what is typed to the statement: ``grammar`` reads the text, ``words`` asks the server for
lexemes, ``terms`` says what is looked for, ``statistics`` how rare it is, ``choosing`` which posts
are worth scoring, ``statement`` scores them by the formula in ``constants`` and makes the page.
"""
