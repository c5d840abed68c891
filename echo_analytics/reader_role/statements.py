"""The SQL behind the role for reading; it runs on PostgreSQL 14 to 18, in psql as it is."""

from __future__ import annotations

# NOSUPERUSER and its like may not even be repeated in ALTER ROLE by those who lack the same; what
# an older role can do is checked at the end.
ROLE = """\
SET LOCAL echo_analytics.reader = {text};
SELECT pg_advisory_xact_lock(hashtext('echo_analytics reader role'));

DO $do$
DECLARE
    reader name := current_setting('echo_analytics.reader');
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = reader) THEN
        EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT'
                       ' NOREPLICATION NOBYPASSRLS', reader);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), reader);
EXCEPTION WHEN insufficient_privilege THEN
    -- Where everybody may connect, that is enough.
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = reader) THEN
        RAISE;
    END IF;
END
$do$;

ALTER ROLE {role} LOGIN CONNECTION LIMIT {limit};
ALTER ROLE {role} SET default_transaction_read_only = on;
ALTER ROLE {role} SET statement_timeout = '{statement}s';
ALTER ROLE {role} SET idle_in_transaction_session_timeout = '{idle}s';
ALTER ROLE {role} SET lock_timeout = '10s';
ALTER ROLE {role} SET search_path = public;
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT ON TABLE public.users, public.posts, public.categories TO {role};

DO $do$
DECLARE
    reader name := current_setting('echo_analytics.reader');
    maker name;
    runs_as_owner regprocedure;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'analytics') THEN
        RETURN;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA analytics TO %I', reader);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO %I', reader);
    FOR maker IN
        SELECT r.rolname FROM pg_catalog.pg_roles AS r
        WHERE (r.rolname = current_user OR r.oid = (
            SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname = 'analytics'))
        AND pg_has_role(r.oid, 'USAGE')
    LOOP
        EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA analytics'
                       ' GRANT SELECT ON TABLES TO %I', maker, reader);
    END LOOP;
    -- Triggers fire without the right to call their function; with it, anybody who can make a
    -- table could put the function to work there, with the rights of its owner.
    FOR runs_as_owner IN
        SELECT oid FROM pg_catalog.pg_proc
        WHERE pronamespace = 'analytics'::regnamespace AND prosecdef
        AND prorettype = 'pg_catalog.trigger'::regtype
        AND has_function_privilege(reader, oid, 'EXECUTE')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', runs_as_owner);
    END LOOP;
END
$do$;
"""

# Whoever owns or was granted something here needs DROP OWNED before DROP ROLE anyway: the grants
# add no obstacle.
CLOSE_PUBLIC = """
DO $do$
DECLARE
    reader name := current_setting('echo_analytics.reader');
    others text;
    maker regprocedure;
BEGIN
    SELECT string_agg(format('%I', rolname), ', ') INTO others FROM (
        SELECT DISTINCT r.rolname
        FROM pg_catalog.pg_shdepend AS s
        JOIN pg_catalog.pg_roles AS r ON r.oid = s.refobjid
        JOIN pg_catalog.pg_database AS d ON d.datname = current_database()
        WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND r.rolname <> reader
        AND (s.dbid = d.oid
             OR (s.classid = 'pg_catalog.pg_database'::regclass AND s.objid = d.oid))
        UNION VALUES ('pg_read_all_data'), ('pg_write_all_data')
    ) AS holders;
    BEGIN
        IF has_database_privilege(reader, current_database(), 'TEMPORARY') THEN
            EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %s', current_database(), others);
            EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
        END IF;
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    BEGIN
        IF has_schema_privilege(reader, 'public', 'CREATE') THEN
            EXECUTE format('GRANT CREATE ON SCHEMA public TO %s', others);
            REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        END IF;
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    FOR maker IN
        SELECT oid FROM pg_catalog.pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace
        AND proname IN ('lo_creat', 'lo_create', 'lo_from_bytea')
        AND has_function_privilege(reader, oid, 'EXECUTE')
    LOOP
        BEGIN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', maker, others);
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', maker);
        EXCEPTION WHEN insufficient_privilege THEN NULL;
        END;
    END LOOP;
END
$do$;
"""

FINDINGS = """
WITH reader AS (
    SELECT * FROM pg_catalog.pg_roles WHERE rolname = current_setting('echo_analytics.reader')
), space AS (
    SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), relation AS (
    SELECT c.oid, c.relkind, format('%I.%I', s.nspname, c.relname) AS name
    FROM pg_catalog.pg_class AS c JOIN space AS s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
)
SELECT 'refuse' AS kind, 'it is ' || what AS what
FROM reader, LATERAL (VALUES
    (rolsuper, 'a superuser'), (rolcreaterole, 'allowed to create roles'),
    (rolcreatedb, 'allowed to create databases'), (rolreplication, 'allowed to replicate'),
    (rolbypassrls, 'above row security')) AS attribute (there, what)
WHERE there
UNION ALL
SELECT 'refuse', format('it is a member of %I', r.rolname)
FROM reader, pg_catalog.pg_auth_members AS m, pg_catalog.pg_roles AS r
WHERE m.member = reader.oid AND r.oid = m.roleid
UNION ALL
SELECT 'refuse', 'it owns something on this server'
FROM reader WHERE EXISTS (
    SELECT FROM pg_catalog.pg_shdepend AS s
    WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid = reader.oid
    AND s.deptype = 'o')
UNION ALL
SELECT 'refuse', 'it may change ' || relation.name
FROM reader, relation
WHERE CASE WHEN relkind = 'S' THEN has_sequence_privilege(reader.oid, relation.oid, 'USAGE, UPDATE')
    ELSE has_table_privilege(
            reader.oid, relation.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
        OR has_any_column_privilege(reader.oid, relation.oid, 'INSERT, UPDATE, REFERENCES')
        -- Servers before version 17 do not know the word.
        OR CASE WHEN current_setting('server_version_num')::int >= 170000
            THEN has_table_privilege(reader.oid, relation.oid, 'MAINTAIN') END END
UNION ALL
SELECT 'refuse', format('it may create things in the schema %I', nspname)
FROM reader, space WHERE has_schema_privilege(reader.oid, space.oid, 'CREATE')
UNION ALL
SELECT 'refuse', 'it may create schemas'
FROM reader WHERE has_database_privilege(reader.oid, current_database(), 'CREATE')
UNION ALL
SELECT 'warn', format('it may create temporary tables: the owner of the database can run'
    ' REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database())
FROM reader WHERE has_database_privilege(reader.oid, current_database(), 'TEMPORARY')
UNION ALL
SELECT 'warn', 'it may create large objects: a superuser can run'
    || ' REVOKE EXECUTE ON FUNCTION ' || string_agg(p.oid::regprocedure::text, ', ')
    || ' FROM PUBLIC'
FROM reader, pg_catalog.pg_proc AS p
WHERE p.pronamespace = 'pg_catalog'::regnamespace
AND p.proname IN ('lo_creat', 'lo_create', 'lo_from_bytea')
AND has_function_privilege(reader.oid, p.oid, 'EXECUTE')
HAVING count(*) > 0
UNION ALL
SELECT 'warn', format('it may call %s, which runs with the rights of its owner',
    p.oid::regprocedure)
FROM reader, pg_catalog.pg_proc AS p JOIN space AS s ON s.oid = p.pronamespace
WHERE p.prosecdef AND has_schema_privilege(reader.oid, s.oid, 'USAGE')
AND has_function_privilege(reader.oid, p.oid, 'EXECUTE')
UNION ALL
SELECT 'warn', format('it may use the foreign server %I with the rights that it has there', srvname)
FROM reader, pg_catalog.pg_foreign_server AS f
WHERE has_server_privilege(reader.oid, f.oid, 'USAGE')
UNION ALL
SELECT 'warn', 'the schema analytics is not there yet: run this again after migrating'
WHERE NOT EXISTS (SELECT FROM space WHERE nspname = 'analytics')
"""
"""What the role can do besides reading: rows of "refuse" or "warn", and a sentence."""

REFUSE_OR_WARN = f"""
DO $do$
DECLARE
    found record;
BEGIN
    FOR found IN {FINDINGS} LOOP
        IF found.kind = 'refuse' THEN
            RAISE EXCEPTION 'the role % could do more than read: %',
                current_setting('echo_analytics.reader'), found.what;
        END IF;
        RAISE WARNING '%', found.what;
    END LOOP;
END
$do$;
"""
