"""The index that searches go by: one row a post, kept by triggers.

What is stored. ``post_search`` holds for each post its words as a ``tsvector`` (weight A for the
title, B for the content), the words of the title alone, its length in words, and what searches
filter and sort by. The vectors lie uncompressed in rows that hold nothing else of size, so that
scoring reads little. ``post_search_word`` holds words as they are written, for correcting typing
errors. ``post_search_state`` has one row: how far a build has come, and by which configuration.

Who changes it. While the index is filled, the triggers only note ids in ``post_search_todo``: they
lock no row that the build might hold. Once it is whole, they write the row of the post themselves,
in the statement of the application; only a transaction that holds the post can want that row. Where
the application has renamed or retyped a column, they leave a mark in ``post_search_todo`` and let
the statement pass; searches then read the posts themselves until the index is built again.

Nothing is added to ``public`` but four triggers. Sessions whose ``session_replication_role`` is
``replica`` write past them; ``status`` compares the numbers of posts.
"""
