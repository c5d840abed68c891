"""Texts that would do harm where they became a part of a statement, and statements that try to."""

from __future__ import annotations

HARM = (
    "DROP TABLE public.posts",
    "DELETE FROM public.posts",
    "INSERT INTO public.users (email, name) VALUES ('x', 'x')",
)

TEXTS = (
    "'; COMMIT; DROP TABLE posts; --",
    "COMMIT; INSERT INTO public.users (email, name) VALUES ('x', 'x')",
    *(f"{start}; COMMIT; BEGIN READ WRITE; {HARM[1]}; COMMIT; --" for start in ("'", "')", "'))")),
    *(f"{start}; {HARM[0]}; --" for start in ('"', "\\'", "$$", "$1", "*/", "UTC'", "\u02bc")),
    "'; SET ROLE postgres; DROP TABLE public.posts; --",
    "'; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; DELETE FROM public.posts; --",
    "'; SET default_transaction_read_only = off; DELETE FROM public.posts; --",
    "' || lo_import('/etc/passwd') || pg_read_file('/etc/passwd') || '",
    "' || dblink_exec('dbname=postgres', 'DROP TABLE public.posts') || '",
    "' || nextval('public.numbers') || setval('public.numbers', 99) || '",
    "'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity; --",
    "'; COPY (SELECT 1) TO PROGRAM 'touch /tmp/harm'; --",
    "'; CREATE TEMP TABLE t (); LISTEN harm; SELECT pg_advisory_lock(1); --",
    "'; CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; --",
    "2026-03-01'; DELETE FROM public.posts; --",
    "00000000-0000-0000-0000-0000000000aa'; DELETE FROM public.posts; --",
    "' OR 1 = 1 --",
    "' & ! | (( :* <-> \\",
    "%s %(x)s %% {} {0} :x $1 ? $$",
    "a\0b",
    "\ud800",
    "%" * 10_000,
)

REFUSED = (
    *HARM,
    "UPDATE public.posts SET title = 'x'",
    "TRUNCATE public.posts",
    "WITH gone AS (DELETE FROM public.posts RETURNING 1) SELECT count(*) FROM gone",
    "MERGE INTO public.posts USING public.users ON true WHEN MATCHED THEN DELETE",
    "SELECT * FROM public.posts FOR UPDATE",
    "LOCK TABLE public.posts IN SHARE MODE",
    "DO $$ BEGIN EXECUTE 'DELETE FROM public.posts'; END $$",
    "EXPLAIN ANALYZE DELETE FROM public.posts",
    "CREATE TABLE public.t ()",
    "CREATE TABLE analytics.t ()",
    "CREATE TEMP TABLE t ()",
    "CREATE TABLE pg_temp.t ()",
    "SELECT 1 INTO TEMP t",
    "CREATE SCHEMA s",
    "CREATE VIEW public.v AS SELECT 1",
    "CREATE SEQUENCE public.s",
    "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE EXTENSION pg_trgm",
    "CREATE PUBLICATION p",
    "CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION analytics.f()",
    "CREATE ROLE r",
    "CREATE DATABASE d",
    "ALTER TABLE public.posts DISABLE TRIGGER ALL",
    "ALTER TABLE public.posts ADD COLUMN harm int",
    "ALTER SYSTEM SET work_mem = '1MB'",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER CONNECTION LIMIT -1",
    "COMMENT ON TABLE public.posts IS 'harm'",
    "SECURITY LABEL ON TABLE public.posts IS 'harm'",
    "SET ROLE pg_write_all_data",
    "SET ROLE pg_execute_server_program",
    "SET SESSION AUTHORIZATION pg_write_all_data",
    "SET session_replication_role = replica",
    "COPY public.posts FROM STDIN",
    "COPY (SELECT 1) TO PROGRAM 'touch /tmp/harm'",
    "COPY (SELECT 1) TO '/tmp/harm'",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/tmp/harm')",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "SELECT pg_switch_wal()",
    "SELECT pg_stat_reset()",
    "SELECT pg_create_physical_replication_slot('s')",
    "SELECT pg_create_restore_point('p')",
)
"""What the server has to refuse for want of a right, also in a session that may write."""

HARMLESS = (
    "RESET ROLE",
    "SET ROLE NONE",
    "SET SESSION AUTHORIZATION DEFAULT",
    "RESET ALL",
    "LISTEN harm",
    "NOTIFY harm",
    "SELECT pg_advisory_lock(1)",
    "SELECT set_config('default_transaction_read_only', 'off', false)",
    "SELECT pg_export_snapshot()",
    "SELECT pg_cancel_backend(pg_backend_pid())",
    "SELECT query_to_xml('DELETE FROM public.posts', true, true, '')",
    "PREPARE TRANSACTION 'harm'",
    "VACUUM public.posts",
    "ANALYZE public.posts",
    "REINDEX TABLE public.posts",
    "CLUSTER public.posts",
    "CHECKPOINT",
)
"""What changes nothing, whether or not the server refuses it."""

OTHERWISE = {
    "LOCK TABLE public.posts IN SHARE MODE": "25P01",  # needs a transaction
    "CREATE TABLE analytics.t ()": "3F000",  # where there is no such schema
    "CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION analytics.f()": "42883",
    "SECURITY LABEL ON TABLE public.posts IS 'harm'": "22023",  # needs a provider of labels
    "MERGE INTO public.posts USING public.users ON true WHEN MATCHED THEN DELETE": "42601",
}
"""What some servers and databases refuse for another reason before they come to rights."""

OURS = (
    "SELECT analytics.fold_rollups(1)",
    "SELECT analytics.fold_rollups_in_passing()",
    "DELETE FROM analytics.rollup_log",
    "UPDATE analytics.alembic_version SET version_num = 'harm'",
)
