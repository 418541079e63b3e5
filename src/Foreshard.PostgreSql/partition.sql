-- What Foreshard keeps in a database that is a partition. Run once, by the installer, in one transaction.

CREATE SCHEMA foreshard;

-- Which partition this is, and which server it lives on: a promoted standby has another timeline, a copy on another server another
-- identifier, and neither may serve before somebody has compared its owner rows with the mapping table.
CREATE TABLE foreshard.partition (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    id integer NOT NULL,
    store text NOT NULL,
    format integer NOT NULL,
    system_identifier bigint NOT NULL,
    timeline text NOT NULL,
    generation bigint NOT NULL,
    marks_writes boolean NOT NULL DEFAULT false); -- whether transactions of sessions say in the server's log that they are sessions'

-- Raised together with partition.generation whenever a unit is frozen or leaves. A snapshot doesn't hold it back, so that a transaction
-- whose snapshot is older than its lock can tell.
CREATE SEQUENCE foreshard.generation;

CREATE TABLE foreshard.owner (
    unit integer PRIMARY KEY,
    epoch bigint NOT NULL,
    state smallint NOT NULL, -- 1 active, 2 frozen, 3 moved, 4 incoming
    is_behind boolean NOT NULL DEFAULT false, -- its copies of core rows may not be current
    operation bigint NOT NULL DEFAULT 0, -- of a unit that has moved away: negative once its rows are gone
    successor_partition integer,
    successor_epoch bigint,
    shard jsonb); -- which shard of which entity the unit is, for a mapping table that is lost; none of a bucket

-- How far the write log was read, by whoever counts what is written beside sessions: no row without one. A slot may forget at a crash.
CREATE TABLE foreshard.write_log (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    read_to pg_lsn NOT NULL);

-- What routers recorded of sessions, until whoever runs the autopilot takes it; and what the autopilot knows.
CREATE TABLE foreshard.access_batch (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, posted_at timestamptz NOT NULL DEFAULT now(), data bytea NOT NULL);
CREATE TABLE foreshard.saved (name text PRIMARY KEY, saved_at timestamptz NOT NULL, data bytea NOT NULL);

CREATE TABLE foreshard.operation (id bigint PRIMARY KEY, attempt integer NOT NULL);
CREATE TABLE foreshard.schema_version (version bigint PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE foreshard.reference_write (number bigint PRIMARY KEY);

-- Primary keys of changed core rows of split entities, in the transaction that changed them.
CREATE TABLE foreshard.core_log (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name text NOT NULL,
    entity_key text NOT NULL,
    row_key jsonb NOT NULL);
CREATE INDEX core_log_entity ON foreshard.core_log (table_name, entity_key);

-- functions: all of them, as an older partition gets them anew when it is upgraded

CREATE OR REPLACE FUNCTION foreshard.timeline() RETURNS text LANGUAGE sql VOLATILE AS
    'SELECT substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8)';

-- Begins a session: the first statement of its transaction. Takes the unit's lock, shared, then looks in a new statement, whose snapshot
-- is younger than the lock, whether the unit is here. Lock and look in one statement would see what was before the wait.
-- Assignments instead of PERFORM: they need no executor. Returns what foreshard.touched says before the session has done anything.
CREATE OR REPLACE FUNCTION foreshard.admit(
    wanted integer, wanted_epoch bigint, wait_ms integer, is_held boolean,
    scope text, key text, group_name text, group_from text, group_to text, logs text, tables oid[], indexes oid[])
RETURNS bigint[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    usual text;
    here record;
BEGIN
    IF NOT is_held AND NOT pg_catalog.pg_try_advisory_xact_lock_shared({namespace}, wanted) THEN
        usual := pg_catalog.current_setting('lock_timeout');
        PERFORM pg_catalog.set_config('lock_timeout', wait_ms::text, true);
        PERFORM pg_catalog.pg_advisory_xact_lock_shared({namespace}, wanted);
        PERFORM pg_catalog.set_config('lock_timeout', usual, true);
    END IF;

    SELECT p.timeline, p.generation, p.marks_writes, o.epoch, o.state, o.is_behind, o.successor_partition, o.successor_epoch INTO here
    FROM foreshard.partition p LEFT JOIN foreshard.owner o ON o.unit = wanted;

    IF here.timeline <> foreshard.timeline() THEN
        RAISE EXCEPTION USING ERRCODE = 'FS005', MESSAGE = 'foreshard: this server was promoted or restored and its owner rows were not checked since';
    END IF;

    IF pg_catalog.current_setting('transaction_isolation') <> 'read committed'
        AND here.generation <> (SELECT last_value FROM foreshard.generation) THEN
        RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'foreshard: a unit was frozen after this transaction''s snapshot';
    END IF;

    IF here.epoch IS DISTINCT FROM wanted_epoch OR here.state NOT IN (1, 2) THEN
        RAISE EXCEPTION USING ERRCODE = 'FS001', MESSAGE = 'foreshard: the unit is not here at that epoch',
            DETAIL = coalesce(here.successor_partition::text || ' ' || here.successor_epoch::text, '');
    ELSIF here.state = 2 THEN
        RAISE EXCEPTION USING ERRCODE = 'FS002', MESSAGE = 'foreshard: the unit is frozen';
    ELSIF here.is_behind THEN
        RAISE EXCEPTION USING ERRCODE = 'FS006', MESSAGE = 'foreshard: core rows of the entity were written elsewhere and may not be here yet';
    END IF;

    usual := pg_catalog.set_config('foreshard.scope', scope, true);
    IF scope NOT LIKE 'read:%' THEN
        usual := pg_catalog.set_config('foreshard.key', key, true);
        IF group_name IS NOT NULL THEN usual := pg_catalog.set_config('foreshard.group', group_name, true); END IF;
        IF group_from IS NOT NULL THEN usual := pg_catalog.set_config('foreshard.from', group_from, true); END IF;
        IF group_to IS NOT NULL THEN usual := pg_catalog.set_config('foreshard.to', group_to, true); END IF;
        IF logs IS NOT NULL THEN usual := pg_catalog.set_config('foreshard.logs', logs, true); END IF;
        IF here.marks_writes THEN usual := pg_catalog.set_config('foreshard.marks', 'yes', true); END IF;
    END IF;
    RETURN foreshard.touched(tables, indexes);
END $$;

-- Rows read and rows written by this backend's transaction in some tables, and whatever of earlier ones isn't handed to the statistics yet. Rows that
-- an index leads to are counted with the index.
CREATE OR REPLACE FUNCTION foreshard.touched(tables oid[], indexes oid[]) RETURNS bigint[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    one oid;
    rows_read bigint := 0;
    rows_written bigint := 0;
BEGIN
    FOREACH one IN ARRAY tables LOOP
        rows_read := rows_read + pg_catalog.pg_stat_get_xact_tuples_returned(one) + pg_catalog.pg_stat_get_xact_tuples_fetched(one);
        rows_written := rows_written + pg_catalog.pg_stat_get_xact_tuples_inserted(one) + pg_catalog.pg_stat_get_xact_tuples_updated(one)
            + pg_catalog.pg_stat_get_xact_tuples_deleted(one);
    END LOOP;
    FOREACH one IN ARRAY indexes LOOP
        rows_read := rows_read + pg_catalog.pg_stat_get_xact_tuples_fetched(one);
    END LOOP;
    RETURN ARRAY[rows_read, rows_written];
END $$;

-- The last statement of a session before its commit. If the session's own statements ended the transaction, the setting went with it.
CREATE OR REPLACE FUNCTION foreshard.finish(tables oid[], indexes oid[]) RETURNS bigint[] LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF coalesce(pg_catalog.current_setting('foreshard.scope', true), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'FS004', MESSAGE = 'foreshard: a statement of the session ended its transaction; what came before it is '
            'committed or rolled back, what came after it ran without the guard';
    END IF;
    IF pg_catalog.current_setting('foreshard.marks', true) = 'yes' AND pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL THEN
        PERFORM pg_catalog.pg_logical_emit_message(true, 'foreshard.own', '');
    END IF;
    RETURN foreshard.touched(tables, indexes);
END $$;

-- Before statements that write: whether the session's scope lets it write to the table at all.
-- Arguments: entity type; whole, group, any or reference.
CREATE OR REPLACE FUNCTION foreshard.check_scope() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    scope text := coalesce(pg_catalog.current_setting('foreshard.scope', true), '');
    what text;
BEGIN
    IF scope = TG_ARGV[1] || ':' || TG_ARGV[0] AND TG_OP <> 'TRUNCATE' THEN RETURN NULL; END IF;
    IF TG_ARGV[1] = 'any' AND scope IN ('whole:' || TG_ARGV[0], 'group:' || TG_ARGV[0]) AND TG_OP <> 'TRUNCATE' THEN RETURN NULL; END IF;
    IF scope IN ('script', 'mover', 'maintenance')
        AND pg_catalog.pg_has_role(session_user, (SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        RETURN NULL;
    END IF;
    what := CASE
        WHEN scope = '' THEN 'a connection without a session'
        WHEN scope LIKE 'read:%' THEN 'a read-only session on ''' || substr(scope, 6) || ''''
        WHEN scope LIKE 'group:%' THEN 'a session on one group of ''' || substr(scope, 7) || ''', which writes grouped rows and nothing else,'
        WHEN scope LIKE 'whole:%' AND TG_ARGV[1] = 'group'
            THEN 'a session on the whole of ''' || substr(scope, 7) || ''', which writes core rows and nothing else,'
        WHEN scope LIKE 'whole:%' THEN 'a session on ''' || substr(scope, 7) || ''''
        ELSE 'a session on reference tables' END
        || CASE TG_OP WHEN 'TRUNCATE' THEN ' may not truncate ''' ELSE ' may not write ''' END || TG_TABLE_NAME || '''';

    -- Information reaches the client whatever it asked to be told.
    RAISE INFO USING ERRCODE = 'FS003', MESSAGE = what;
    RAISE EXCEPTION USING ERRCODE = 'FS003', MESSAGE = 'foreshard: ' || what;
END $$;

-- For rows that the session was not begun for; the triggers' conditions tell them apart. Arguments, of deletes from tables whose primary key
-- doesn't hold them: the columns of the entity's key and of the group, which the server's log then leaves out.
CREATE OR REPLACE FUNCTION foreshard.refuse_row() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    what text;
BEGIN
    -- Before the statement it was looked at whether whoever says so may.
    IF pg_catalog.current_setting('foreshard.scope', true) IN ('script', 'mover', 'maintenance') THEN
        IF TG_NARGS > 0 AND (SELECT marks_writes FROM foreshard.partition) THEN
            PERFORM pg_catalog.pg_logical_emit_message(true, 'foreshard.deleted', pg_catalog.jsonb_build_array(
                TG_TABLE_NAME, pg_catalog.to_jsonb(OLD) ->> TG_ARGV[0], pg_catalog.to_jsonb(OLD) ->> TG_ARGV[1])::text);
        END IF;
        RETURN NULL;
    END IF;
    what := 'the row of table ' || TG_TABLE_NAME || ' is not of the entity or group that this session was begun for, or its key or group was changed';
    RAISE INFO USING ERRCODE = 'FS003', MESSAGE = what;
    RAISE EXCEPTION USING ERRCODE = 'FS003', MESSAGE = 'foreshard: ' || what;
END $$;

-- Notes changed core rows of a split entity. Arguments: the columns of the primary key. Runs as its owner: sessions may not write here.
CREATE OR REPLACE FUNCTION foreshard.log_core() RETURNS trigger LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entity text := pg_catalog.current_setting('foreshard.key', true);
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO foreshard.core_log (table_name, entity_key, row_key) VALUES (TG_TABLE_NAME, entity,
            (SELECT pg_catalog.jsonb_object_agg(k, pg_catalog.to_jsonb(OLD) -> k) FROM pg_catalog.unnest(TG_ARGV) k));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO foreshard.core_log (table_name, entity_key, row_key) VALUES (TG_TABLE_NAME, entity,
            (SELECT pg_catalog.jsonb_object_agg(k, pg_catalog.to_jsonb(NEW) -> k) FROM pg_catalog.unnest(TG_ARGV) k));
    END IF;
    RETURN NULL;
END $$;

-- For the view that stands for a table whose rows are partly on other partitions.
CREATE OR REPLACE FUNCTION foreshard.refuse_union(relation text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE INFO USING ERRCODE = 'FS003', MESSAGE = 'the entity is split, and rows of ''' || relation || ''' are on other partitions; QueryShardsAsync reads them all';
    RAISE EXCEPTION USING ERRCODE = 'FS003',
        MESSAGE = 'foreshard: the entity is split, and rows of ''' || relation || ''' are on other partitions; QueryShardsAsync reads them all';
END $$;

-- Raises the generation; whoever raises it has the row first, so that the sequence stands still for others. Sessions that write core rows of
-- split entities raise it as well, in whose scope the table may not be written.
CREATE OR REPLACE FUNCTION foreshard.raise_generation() RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    scope text := coalesce(pg_catalog.current_setting('foreshard.scope', true), '');
BEGIN
    PERFORM pg_catalog.set_config('foreshard.scope', '', true);
    PERFORM 1 FROM foreshard.partition FOR UPDATE;
    UPDATE foreshard.partition SET generation = pg_catalog.nextval('foreshard.generation');
    PERFORM pg_catalog.set_config('foreshard.scope', scope, true);
END $$;

-- A freeze that was rolled back, or a crash, leaves the sequence ahead of the row; transactions with an old snapshot would be refused for good.
CREATE OR REPLACE FUNCTION foreshard.settle_generation() RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM foreshard.partition FOR UPDATE;
    UPDATE foreshard.partition SET generation = (SELECT last_value FROM foreshard.generation)
    WHERE generation <> (SELECT last_value FROM foreshard.generation);
END $$;

-- Leaves a batch for the autopilot. What nobody takes within a day, nobody misses.
CREATE OR REPLACE FUNCTION foreshard.post_batch(batch bytea) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM foreshard.access_batch WHERE posted_at < now() - interval '1 day';
    INSERT INTO foreshard.access_batch (data) VALUES (batch);
$$;

-- Records an attempt, and says which is the highest: the row stays locked, so that a step that has looked can't be overtaken.
CREATE OR REPLACE FUNCTION foreshard.take_ticket(wanted bigint, wanted_attempt integer) RETURNS integer LANGUAGE sql VOLATILE AS $$
    INSERT INTO foreshard.operation AS o (id, attempt) VALUES (wanted, wanted_attempt)
    ON CONFLICT (id) DO UPDATE SET attempt = greatest(o.attempt, excluded.attempt) RETURNING attempt
$$;

-- Runs a schema script, inside a function so that it can't end the transaction.
CREATE OR REPLACE FUNCTION foreshard.run_script(script text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_catalog.set_config('foreshard.scope', 'script', true);
    EXECUTE script;
END $$;

-- Whether a script left Foreshard's own things as they were.
CREATE OR REPLACE FUNCTION foreshard.fingerprint() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT pg_catalog.md5(coalesce(string_agg(line, E'\n' ORDER BY line COLLATE "C"), '')) FROM (
        SELECT concat_ws(' ', c.oid, c.relname, c.relkind, a.attname, a.atttypid) AS line
        FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace = 'foreshard'::regnamespace OR c.relname LIKE 'foreshard\_%'
        UNION ALL
        SELECT concat_ws(' ', p.oid, p.proname, pg_catalog.md5(p.prosrc)) FROM pg_catalog.pg_proc p
        WHERE p.pronamespace = 'foreshard'::regnamespace OR p.proname LIKE 'foreshard\_%'
        UNION ALL
        SELECT concat_ws(' ', t.oid, t.tgname, t.tgenabled) FROM pg_catalog.pg_trigger t WHERE t.tgname LIKE 'foreshard\_%'
            AND EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.oid = t.tgrelid AND c.relnamespace = 'foreshard'::regnamespace)) lines
$$;

CREATE OR REPLACE FUNCTION foreshard.refuse_script() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF coalesce(pg_catalog.current_setting('foreshard.scope', true), '') NOT IN ('', 'mover') THEN
        RAISE INFO USING ERRCODE = 'FS003', MESSAGE = 'neither sessions nor scripts may touch ''foreshard.' || TG_TABLE_NAME || '''';
        RAISE EXCEPTION USING ERRCODE = 'FS003', MESSAGE = 'foreshard: neither sessions nor scripts may touch ''foreshard.' || TG_TABLE_NAME || '''';
    END IF;
    RETURN NULL;
END $$;

-- end of functions

CREATE TRIGGER foreshard_refuse BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON foreshard.partition
    FOR EACH STATEMENT EXECUTE FUNCTION foreshard.refuse_script();
CREATE TRIGGER foreshard_refuse BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON foreshard.owner
    FOR EACH STATEMENT EXECUTE FUNCTION foreshard.refuse_script();
CREATE TRIGGER foreshard_refuse BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON foreshard.operation
    FOR EACH STATEMENT EXECUTE FUNCTION foreshard.refuse_script();
CREATE TRIGGER foreshard_refuse BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON foreshard.write_log
    FOR EACH STATEMENT EXECUTE FUNCTION foreshard.refuse_script();
CREATE TRIGGER foreshard_refuse BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON foreshard.schema_version
    FOR EACH STATEMENT EXECUTE FUNCTION foreshard.refuse_script();
CREATE TRIGGER foreshard_refuse BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON foreshard.reference_write
    FOR EACH STATEMENT EXECUTE FUNCTION foreshard.refuse_script();

INSERT INTO foreshard.partition (id, store, format, system_identifier, timeline, generation)
SELECT {id}, {store}, {format}, system_identifier, foreshard.timeline(), nextval('foreshard.generation') FROM pg_control_system();

REVOKE ALL ON SCHEMA foreshard FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA foreshard FROM PUBLIC;
