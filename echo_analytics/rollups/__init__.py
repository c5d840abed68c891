"""Counts of posts by day that are stored, and exact to the last committed post.

What is stored. A *post* here is no more than its instant, author, category and state. For each
zone, ``rollup_author`` holds the posts of each author's day by category and state, and
``rollup_day`` the counts and the distinct authors of each day: of all posts, and by category,
status and role. ``rollup_log`` holds what was noted since: each post that a statement added with
+1, each that it took away with -1, an update being both; what an update leaves as it was is not
noted. ``rollup_mark`` says that something happened which cannot be noted that way.

Who changes it. The triggers only ever insert rows into the log and the marks; they read no table
and lock nothing that another writer needs. *Folding* moves rows from the log to the other two
tables, in one statement. Whoever folds holds an advisory lock until its transaction has ended, and
the statement begins after the lock was taken. ``refresh`` folds; and a writer does in passing, once
in some hundred statements, where the lock is free and its transaction is READ COMMITTED: so the log
stays short without any refresh. It asks for the lock without waiting, and gives up on any error.

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

A reader, in one statement and so in one snapshot, takes D(S) and adds the difference that L(S)
makes, which is found as a fold finds it. So it has A(S) + L(S) counted, which is P(S) counted.
Nothing depends on the order of the rows in the log, nor on which of them a fold takes.

Counting everything (``refresh --full``, or the first time) happens in one REPEATABLE READ
transaction that holds the lock: it deletes the rows of the log that its snapshot sees, and stores
what the posts in the same snapshot are. Changes that it does not see have rows that it does not
see; they stay. The triggers were there before, and creating one waits for every transaction that
has written to the table. Killed, it leaves nothing.

Where nothing can be noted. A role is looked up when rows are folded, so a change of a user's role,
or a user deleted, leaves a mark: until the next refresh nobody goes by the counts by role.
TRUNCATE, and columns that the application has dropped or retyped, leave a mark for everything. The
versions of the triggers and the numbers of the columns are stored with the counts: once a trigger
was dropped or disabled, if only for a moment, they differ, and nobody goes by the counts until they
are made anew. In each of these cases the analyses count from the tables. What nobody can see is a
session whose ``session_replication_role`` is ``replica``: afterwards, ``refresh --full``.

TRUNCATE is not transactional: snapshots that are older see an empty table too. A reader therefore
locks the table in its weakest mode, and looks whether its file is the one that its snapshot knows.
"""
