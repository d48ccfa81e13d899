-- +goose NO TRANSACTION
-- The audit trail, and incidents that others write. Every line may be run again.

-- +goose Up

-- Who changed what: one row for each field that a change changed. No foreign keys: what it tells of may be gone.
CREATE TABLE IF NOT EXISTS sys_audit (
  sys_id         text        PRIMARY KEY DEFAULT replace(gen_random_uuid()::text, '-', ''),
  tablename      text        NOT NULL,
  documentkey    text        NOT NULL, -- sys_id of the row
  fieldname      text        NOT NULL,
  oldvalue       text        NOT NULL, -- '' of a row that was created
  newvalue       text        NOT NULL, -- '' of a row that was deleted
  "user"         text        NOT NULL, -- user_name, or who was connected to the database
  sys_created_on timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$')
);
CREATE INDEX IF NOT EXISTS sys_audit_of_document ON sys_audit (documentkey, sys_created_on);
CREATE INDEX IF NOT EXISTS sys_audit_by_time ON sys_audit (sys_created_on);
CREATE INDEX IF NOT EXISTS sys_audit_about_user ON sys_audit ((CASE newvalue WHEN '' THEN oldvalue ELSE newvalue END)) WHERE fieldname = 'user'; -- whose role it was

-- Nothing is changed or removed but by erasing a person and by retention, which say so in their transaction.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sys_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail is only added to' USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER "the audit trail is only added to" BEFORE UPDATE OR DELETE ON sys_audit FOR EACH ROW
  WHEN (coalesce(current_setting('proactive.forgets', true), '') <> 'on') EXECUTE FUNCTION sys_audit_refuse();

-- sys_audit_write notes each field of a row that differs, but not the marks of a change (sys_…). Who did it is the transaction's
-- proactive.user, else the row's sys_updated_by where the change has moved the row's marks, else who is connected to the database.
-- Secrets are noted without their values, and so is everything in a transaction that forgets. json keeps documents as they were written.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sys_audit_write() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before json := '{}';
  after  json := '{}';
  keys   json;
  who    text := nullif(current_setting('proactive.user', true), '');
  forget boolean := coalesce(current_setting('proactive.forgets', true), '') = 'on';
BEGIN
  IF TG_OP <> 'INSERT' THEN before := row_to_json(OLD); END IF;
  IF TG_OP <> 'DELETE' THEN after  := row_to_json(NEW); END IF;
  keys := CASE TG_OP WHEN 'DELETE' THEN before ELSE after END;
  IF TG_OP <> 'DELETE' AND (after ->> 'sys_updated_on', after ->> 'sys_mod_count') IS DISTINCT FROM (before ->> 'sys_updated_on', before ->> 'sys_mod_count') THEN
    who := coalesce(who, after ->> 'sys_updated_by');
  END IF;
  INSERT INTO sys_audit (tablename, documentkey, fieldname, oldvalue, newvalue, "user")
  SELECT TG_TABLE_NAME, coalesce(keys ->> 'sys_id', md5(coalesce(keys ->> 'name', concat_ws(':', keys ->> 'user', keys ->> 'role', keys ->> 'provider')))),
         CASE f.name WHEN 'password_hash' THEN 'user_password' WHEN 'api_key_hash' THEN 'api_key' ELSE f.name END,
         CASE WHEN f.hidden AND f.old <> '' THEN '********' ELSE f.old END,
         CASE WHEN f.hidden AND f.new <> '' THEN '********' ELSE f.new END,
         coalesce(who, session_user)
    FROM (SELECT name, coalesce(o.value, '') AS old, coalesce(n.value, '') AS new, forget OR name IN ('password_hash', 'api_key_hash') AS hidden
            FROM json_each_text(before) AS o (name, value)
            FULL JOIN json_each_text(after) AS n (name, value) USING (name)) AS f
   WHERE f.old <> f.new AND f.name NOT LIKE 'sys\_%'
     AND NOT (TG_OP = 'INSERT' AND f.new IN ('false', '0', '[]', '{}')); -- of a new row, what says something
  RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_provider
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_issue_registry_template
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_issue_registry
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_resolution
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sn_reacf_remedial_action
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_notification_content
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_notification_channel
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON user_criteria
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sys_user
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sys_user_has_role
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_account_provider
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON cmdb_ci_computer
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sys_properties
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sys_rate_limit_rules
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();

-- What the engine writes when an issue ends is told by the issue's timeline, and costs an issue nothing here.
CREATE OR REPLACE TRIGGER "every change is audited" AFTER UPDATE OR DELETE ON incident
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "what others create is audited" AFTER INSERT ON incident
  FOR EACH ROW WHEN (NEW.origin_table = '') EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER UPDATE OR DELETE ON interaction
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();

-- An incident that others write comes from no issue of ours: its origin_table is '', its origin_id NULL.
ALTER TABLE incident
  ALTER COLUMN origin_id DROP NOT NULL,
  ADD COLUMN IF NOT EXISTS close_code  text NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS close_notes text NOT NULL DEFAULT '',
  DROP CONSTRAINT IF EXISTS "an incident's state is one of six",
  ADD CONSTRAINT "an incident's state is one of six" CHECK (state IN ('1', '2', '3', '6', '7', '8')) NOT VALID; -- whatever SQL has written stays

-- An index that is built beside writers waits for whoever had begun before, and holds nobody up: it may wait.
SET lock_timeout = '1h';
-- An index that a run of this migration did not finish is no good: it is dropped first.
DROP INDEX CONCURRENTLY IF EXISTS incident_by_correlation_id;
DROP INDEX CONCURRENTLY IF EXISTS incident_of_caller;
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_experience_issue_of_incident;
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_experience_issue_of_interaction;
CREATE INDEX CONCURRENTLY incident_by_correlation_id ON incident (correlation_id);
CREATE INDEX CONCURRENTLY incident_of_caller ON incident (caller_id);

-- Whether an issue refers to a record that is to be deleted.
CREATE INDEX CONCURRENTLY sn_pren_experience_issue_of_incident ON sn_pren_experience_issue (incident) WHERE incident IS NOT NULL;
CREATE INDEX CONCURRENTLY sn_pren_experience_issue_of_interaction ON sn_pren_experience_issue (interaction) WHERE interaction IS NOT NULL;
RESET lock_timeout;

-- +goose Down
DROP INDEX IF EXISTS sn_pren_experience_issue_of_interaction;
DROP INDEX IF EXISTS sn_pren_experience_issue_of_incident;
DROP INDEX IF EXISTS incident_of_caller;
DROP INDEX IF EXISTS incident_by_correlation_id;
-- An older program knows only incidents with an origin.
UPDATE incident SET origin_id = sys_id WHERE origin_id IS NULL;
ALTER TABLE incident
  DROP CONSTRAINT IF EXISTS "an incident's state is one of six",
  DROP COLUMN IF EXISTS close_code, DROP COLUMN IF EXISTS close_notes,
  ALTER COLUMN origin_id SET NOT NULL;
DROP FUNCTION IF EXISTS sys_audit_write() CASCADE; -- with its triggers
DROP TABLE IF EXISTS sys_audit;
DROP FUNCTION IF EXISTS sys_audit_refuse();
