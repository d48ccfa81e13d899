-- +goose NO TRANSACTION
-- A cheaper audit trail, with a journal's entries one by one. Every line may be run again; each takes the lock of one table, and shortly,
-- but for the last, which takes two.

-- +goose Up

-- sys_audit_write notes each field of a row that differs, but not the marks of a change (sys_…), and of a new row what says something. Who
-- did it is the transaction's proactive.user, else the row's sys_updated_by where the change has moved the row's marks, else who is connected
-- to the database. Secrets are noted without their values, and so is everything in a transaction that forgets. Of a journal that grew there
-- is what was added. json keeps documents as they were written. The rows of a change have ids next to each other, and after those of
-- earlier ones: ids at random would touch as many pages of their index as there are rows.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sys_audit_write() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before   json    := '{}';
  after    json    := '{}';
  keys     json;
  document text;
  id       text    := lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || left(replace(gen_random_uuid()::text, '-', ''), 17);
  who      text    := nullif(current_setting('proactive.user', true), '');
  forget   boolean := coalesce(current_setting('proactive.forgets', true), '') = 'on';
BEGIN
  IF TG_OP <> 'INSERT' THEN before := row_to_json(OLD); END IF;
  IF TG_OP <> 'DELETE' THEN after  := row_to_json(NEW); END IF;
  keys := CASE TG_OP WHEN 'DELETE' THEN before ELSE after END;
  IF who IS NULL AND TG_OP <> 'DELETE'
     AND (after ->> 'sys_updated_on', after ->> 'sys_mod_count') IS DISTINCT FROM (before ->> 'sys_updated_on', before ->> 'sys_mod_count') THEN
    who := after ->> 'sys_updated_by';
  END IF;
  who := coalesce(who, session_user);
  document := coalesce(keys ->> 'sys_id', md5(coalesce(keys ->> 'name', concat_ws(':', keys ->> 'user', keys ->> 'role', keys ->> 'provider'))));
  INSERT INTO sys_audit (sys_id, tablename, documentkey, fieldname, oldvalue, newvalue, "user")
  SELECT id || lpad(to_hex(n), 3, '0'), TG_TABLE_NAME, document,
         CASE name WHEN 'password_hash' THEN 'user_password' WHEN 'api_key_hash' THEN 'api_key' ELSE name END,
         CASE WHEN old_value = '' OR grew THEN '' WHEN hidden THEN '********' ELSE old_value END,
         CASE WHEN new_value = '' THEN '' WHEN hidden THEN '********' WHEN grew THEN substr(new_value, length(old_value) + 2) ELSE new_value END,
         who
    FROM (SELECT n, coalesce(o, name) AS name, coalesce(was, '') AS old_value, coalesce(is_now, '') AS new_value,
                 forget OR coalesce(o, name) IN ('password_hash', 'api_key_hash') AS hidden,
                 name = 'work_notes' AND was <> '' AND starts_with(is_now, was || E'\n') AS grew
            FROM ROWS FROM (json_each_text(before), json_each_text(after)) WITH ORDINALITY AS f (o, was, name, is_now, n)) AS f -- both in the order of the columns
   WHERE old_value <> new_value AND name NOT LIKE 'sys\_%'
     AND NOT (TG_OP = 'INSERT' AND new_value IN ('false', '0', '[]', '{}'));
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- sys_audit_write makes the ids: checking each cost as much as writing it.
ALTER TABLE sys_audit DROP CONSTRAINT IF EXISTS "sys_id is 32 hex digits";

-- What is emptied in one go would leave no trail.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sys_audit_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail would not tell that % was emptied', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', HINT = 'Use DELETE.';
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER "the audit trail is not emptied" BEFORE TRUNCATE ON sys_audit FOR EACH STATEMENT EXECUTE FUNCTION sys_audit_refuse();
-- Each table in a transaction of its own.
-- +goose StatementBegin
DO $$
DECLARE
  audited name;
BEGIN
  FOR audited IN
    SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE t.tgname = 'every change is audited' AND c.relnamespace = current_schema()::regnamespace
     ORDER BY c.relname
  LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER "what is audited is not emptied" BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION sys_audit_refuse_truncate()', audited);
    COMMIT;
  END LOOP;
END
$$;
-- +goose StatementEnd

-- Somebody who is erased may be in the audit trail alone.
ALTER TABLE sn_pren_erasure DROP CONSTRAINT IF EXISTS sn_pren_erasure_user_fkey;

-- +goose Down
-- sys_audit_write stays: it writes what an older program reads.
DROP FUNCTION IF EXISTS sys_audit_refuse_truncate() CASCADE; -- with its triggers
DROP TRIGGER IF EXISTS "the audit trail is not emptied" ON sys_audit;
DELETE FROM sn_pren_erasure e WHERE NOT EXISTS (SELECT FROM sys_user u WHERE u.sys_id = e."user");
ALTER TABLE sn_pren_erasure ADD CONSTRAINT sn_pren_erasure_user_fkey FOREIGN KEY ("user") REFERENCES sys_user;
