"""Counts of posts by day that are stored, and exact to the last committed post.

What is stored. A *post* here is no more than its instant, author, category and state. For each
zone, ``rollup_author`` holds the posts of each author's day by category and state, and
``rollup_day`` the counts and the distinct authors of each day: of all posts, and by category,
status and role. ``rollup_log`` holds what was noted since: each post that a statement added with
+1, each that it took away with -1, an update being both; what an update leaves as it was is not
noted. Each row has the number of its transaction, and ``rollup_folded`` says below which number
nothing is left. ``rollup_mark`` says that something happened which cannot be noted that way.

Who changes it. The triggers only ever insert rows into the log and the marks; they read no table
and lock nothing that another writer needs. *Folding* moves rows from the log to the other two
tables, in one statement. Whoever folds holds an advisory lock until its transaction has ended, and
the statement begins after the lock was taken. ``refresh`` folds; and a writer does in passing: a
sequence counts the statements, and whoever comes to a multiple of some hundred folds, where the
lock is free and its transaction is READ COMMITTED. So the log stays short without any refresh. It
asks for the lock without waiting, and gives up on any error.

Why it is exact. Write P(S) for the posts that a snapshot S sees, A(S) and L(S) for the posts in
``rollup_author`` and in the log, each with the sum of its numbers, and D(S) for the days. Two
things hold in every snapshot:

1. A(S) + L(S) = P(S). A writer's change and the rows that note it belong to one transaction, so S
   sees both or neither, and both sides differ by the same. A fold F takes rows from L and adds them
   to A. If S sees F, it sees the transactions that F read those rows from too, since they ended
   before F did, and a snapshot that sees a transaction sees whatever was committed before it; so S
   sees the rows gone from L and arrived in A. If S does not see F, it sees nothing of either.
2. D(S) is A(S) counted: posts by state, and the authors whose sum is positive. A fold adds to each
   day the difference that its rows make to the count. Folds follow one another, and each sees all
   that came before: the lock is let go of after the commit, the snapshot is taken after the lock.

To find that difference, a fold looks up all that is stored of an author's day only where it has
to. Say that no number in A is negative, and that each number of an author's day that a fold changes
was positive and stays so. Then each sum that contains one of them, of the day or of a category or
state in it, was positive and stays so, since nothing in it is negative; the others do not change;
so the author is neither new nor gone anywhere. Numbers can be negative for a while, where a post
was noted as taken away before it was noted as added: a fold may take a part of the log, and a
trigger of the application that changes new posts is noted before the statement that fired it.
``rollup_folded`` counts them, each fold adding what it changes in that; while there are any,
everything is looked up.

A reader, in one statement and so in one snapshot, takes D(S) and adds the difference that L(S)
makes, which is found as a fold finds it. So it has A(S) + L(S) counted, which is P(S) counted.
Nothing depends on the order of the rows in the log, nor on which of them a fold takes.

Where the log begins. What was deleted from it stays in its pages until a vacuum, and to pass that
would cost readers and folds more than all else. So they come by an index on the number of the
transaction, from the number B that ``rollup_folded`` has. No row that S sees in the log has a lower
one. For let F be the last fold that S sees, T its snapshot; B is at most the lowest number that was
still running in T, and all rows below B that T saw were taken: those in the log by F, since it
takes them in the order of their numbers, the rest by folds before it. A row with a lower number is
of a transaction that had ended by T. If it was committed, T saw the row; and if not, nobody ever
does.

Counting everything (``refresh --full``, or the first time) happens in one REPEATABLE READ
transaction that holds the lock: it deletes the rows of the log that its snapshot sees, and stores
what the posts in the same snapshot are. Changes that it does not see have rows that it does not
see; they stay. The triggers were there before, and creating one waits for every transaction that
has written to the table. Killed, it leaves nothing.

Where nothing can be noted. A role is looked up when rows are folded, so a change of a user's role,
or a user deleted, leaves a mark: until the next refresh nobody goes by the counts by role. That
refresh folds and counts roles in one snapshot: whoever is gone in it has no noted rows left, which
would count for another role should the same user come back. TRUNCATE, and columns that the
application has dropped or retyped, leave a mark for everything. The versions of the triggers, the
numbers of the columns and those of the tables here are stored with the counts: once a trigger was
dropped or disabled, if only for a moment, they differ, and nobody goes by the counts until they are
made anew. In each of these cases the analyses count from the tables. What nobody can see is a
session whose ``session_replication_role`` is ``replica``: afterwards, ``refresh --full``.

TRUNCATE is not transactional: snapshots that are older see an empty table too. A reader therefore
locks the table in its weakest mode, and looks whether its file is the one that its snapshot knows.
"""
