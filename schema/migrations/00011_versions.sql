-- +goose NO TRANSACTION
-- Versions of the catalogue. Every line may be run again. Each is a transaction of its own: no lock that reports or running issues meet is
-- held while another one is waited for.

-- +goose Up

-- What a row of the catalogue said, from one change to the next. Versions are kept for ever: they are as large as the row, there is one
-- for each change that somebody makes, and a step that began with one goes by it.
CREATE TABLE IF NOT EXISTS sn_pren_version (
  sys_id         text        PRIMARY KEY,
  name           text        NOT NULL, -- what people call the row: sn/100, or its name
  "table"        text        NOT NULL,
  record         text        NOT NULL, -- sys_id of the row, which may be gone
  number         integer     NOT NULL,
  payload        json        NOT NULL, -- the row; json, so that documents in it stay as they were written
  state          text        NOT NULL DEFAULT 'current',
  sys_created_on timestamptz NOT NULL DEFAULT now(),
  sys_created_by text        NOT NULL,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "state is one of two" CHECK (state IN ('current', 'previous')),
  CONSTRAINT "versions are numbered from 1" CHECK (number > 0),
  CONSTRAINT "one version per number" UNIQUE ("table", record, number)
);
CREATE UNIQUE INDEX IF NOT EXISTS "one current version per row" ON sn_pren_version ("table", record) WHERE state = 'current';

-- sn_pren_name_of is what people call a row of the catalogue.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sn_pren_name_of(catalogue_row jsonb) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(catalogue_row ->> 'name',
                  (SELECT provider_code FROM sn_pren_provider WHERE sys_id = catalogue_row ->> 'provider') || '/' || (catalogue_row ->> 'issue_code'))
$$;
-- +goose StatementEnd

-- sn_pren_says_the_same tells whether a registry row says what a template says, in every field that deploying copies.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sn_pren_says_the_same(registry_row jsonb, template_row jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT bool_and(registry_row -> field.key IS NOT DISTINCT FROM field.value) FROM jsonb_each(template_row) field WHERE field.key NOT LIKE 'sys\_%'
$$;
-- +goose StatementEnd

-- What a registry row remembers of its template.
ALTER TABLE sn_pren_issue_registry
  ADD COLUMN IF NOT EXISTS deployed_version text REFERENCES sn_pren_version,
  ADD COLUMN IF NOT EXISTS update_decision  text NOT NULL DEFAULT '', -- about the template's version decided_version: it is ignored, or taken over by hand
  ADD COLUMN IF NOT EXISTS decided_version  text REFERENCES sn_pren_version,
  DROP CONSTRAINT IF EXISTS "an update is ignored or taken over by hand",
  ADD CONSTRAINT "an update is ignored or taken over by hand" CHECK (update_decision IN ('', 'ignored', 'manual')),
  DROP CONSTRAINT IF EXISTS "what was decided was about a version",
  ADD CONSTRAINT "what was decided was about a version" CHECK ((update_decision = '') = (decided_version IS NULL));

-- Whoever changes a row of the catalogue makes a version: this program, an older one, or somebody with SQL. A change of nothing but the
-- marks of a change makes none.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sn_pren_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who  text;
  same record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    same := NEW;
    same.sys_updated_on := OLD.sys_updated_on;
    same.sys_updated_by := OLD.sys_updated_by;
    same.sys_mod_count := OLD.sys_mod_count;
    IF same *= OLD THEN
      RETURN NULL;
    END IF;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    UPDATE sn_pren_version SET state = 'previous' WHERE "table" = TG_TABLE_NAME AND record = OLD.sys_id AND state = 'current';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN NULL;
  END IF;
  who := NEW.sys_updated_by;
  IF TG_OP = 'UPDATE' AND (NEW.sys_updated_on, NEW.sys_mod_count) IS NOT DISTINCT FROM (OLD.sys_updated_on, OLD.sys_mod_count) THEN
    who := session_user; -- nobody has signed the change
  END IF;
  INSERT INTO sn_pren_version (sys_id, name, "table", record, number, payload, sys_created_by)
  SELECT replace(gen_random_uuid()::text, '-', ''), sn_pren_name_of(to_jsonb(NEW)), TG_TABLE_NAME, NEW.sys_id, coalesce(max(number), 0) + 1, row_to_json(NEW), who
    FROM sn_pren_version
   WHERE "table" = TG_TABLE_NAME AND record = NEW.sys_id;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- A registry row that says what its template says was deployed from the template as it is, whoever wrote it: an older program, which knows
-- no versions, copies the whole template. A new row that says something else was customised at once.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sn_pren_remember_template() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  template_row jsonb;
  version      text;
BEGIN
  SELECT to_jsonb(t) INTO template_row FROM sn_pren_issue_registry_template t WHERE t.sys_id = NEW.template;
  SELECT v.sys_id INTO version FROM sn_pren_version v
   WHERE v."table" = 'sn_pren_issue_registry_template' AND v.record = NEW.template AND v.state = 'current';
  IF sn_pren_says_the_same(to_jsonb(NEW), template_row) THEN
    NEW.deployed_version := version;
    NEW.update_decision := '';
    NEW.decided_version := NULL;
  END IF;
  NEW.deployed_version := coalesce(NEW.deployed_version, version);
  RETURN NEW;
END
$$;
-- +goose StatementEnd

-- What is there gets its first version, and what changes from then on gets further ones. In between nobody may write: whoever changes the
-- catalogue takes the advisory lock first, and is waited for as long as he would wait for us; the tables, in the order in which they are
-- written, are for whoever does not. Reports and running issues only read them and go on.
--
-- A registry row that was deployed before there were versions, and does not say what its template says now, has its own first version as the
-- one that it was deployed from.
-- +goose StatementBegin
DO $$
DECLARE
  usual text := current_setting('lock_timeout');
BEGIN
  PERFORM set_config('lock_timeout', '60s', true);
  PERFORM pg_advisory_xact_lock(x'636174616c6f6775'::bigint); -- "catalogu"
  PERFORM set_config('lock_timeout', usual, true);
  LOCK TABLE sn_reacf_remedial_action, sn_pren_resolution, sn_pren_notification_content, sn_pren_issue_registry_template, sn_pren_issue_registry
    IN SHARE ROW EXCLUSIVE MODE;

  INSERT INTO sn_pren_version (sys_id, name, "table", record, number, payload, sys_created_on, sys_created_by)
  SELECT replace(gen_random_uuid()::text, '-', ''), sn_pren_name_of(payload::jsonb), "table", payload ->> 'sys_id', 1, payload, changed_on, changed_by
    FROM (SELECT 'sn_pren_issue_registry_template' AS "table", row_to_json(t) AS payload, sys_updated_on AS changed_on, sys_updated_by AS changed_by
            FROM sn_pren_issue_registry_template t
           UNION ALL SELECT 'sn_pren_issue_registry', row_to_json(t), sys_updated_on, sys_updated_by FROM sn_pren_issue_registry t
           UNION ALL SELECT 'sn_pren_resolution', row_to_json(t), sys_updated_on, sys_updated_by FROM sn_pren_resolution t
           UNION ALL SELECT 'sn_pren_notification_content', row_to_json(t), sys_updated_on, sys_updated_by FROM sn_pren_notification_content t
           UNION ALL SELECT 'sn_reacf_remedial_action', row_to_json(t), sys_updated_on, sys_updated_by FROM sn_reacf_remedial_action t) existing
   WHERE NOT EXISTS (SELECT FROM sn_pren_version v WHERE v."table" = existing."table" AND v.record = existing.payload ->> 'sys_id');

  UPDATE sn_pren_issue_registry g
     SET deployed_version = CASE WHEN sn_pren_says_the_same(to_jsonb(g), to_jsonb(t)) THEN of_template.sys_id ELSE own.sys_id END
    FROM sn_pren_issue_registry_template t, sn_pren_version of_template, sn_pren_version own
   WHERE t.sys_id = g.template AND g.deployed_version IS NULL
     AND of_template."table" = 'sn_pren_issue_registry_template' AND of_template.record = t.sys_id AND of_template.state = 'current'
     AND own."table" = 'sn_pren_issue_registry' AND own.record = g.sys_id AND own.number = 1;
  UPDATE sn_pren_version v SET payload = row_to_json(g)
    FROM sn_pren_issue_registry g
   WHERE v."table" = 'sn_pren_issue_registry' AND v.record = g.sys_id AND v.number = 1 AND v.state = 'current';

  CREATE OR REPLACE TRIGGER "every change makes a version" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_issue_registry_template
    FOR EACH ROW EXECUTE FUNCTION sn_pren_keep_version();
  CREATE OR REPLACE TRIGGER "every change makes a version" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_issue_registry
    FOR EACH ROW EXECUTE FUNCTION sn_pren_keep_version();
  CREATE OR REPLACE TRIGGER "every change makes a version" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_resolution
    FOR EACH ROW EXECUTE FUNCTION sn_pren_keep_version();
  CREATE OR REPLACE TRIGGER "every change makes a version" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_notification_content
    FOR EACH ROW EXECUTE FUNCTION sn_pren_keep_version();
  CREATE OR REPLACE TRIGGER "every change makes a version" AFTER INSERT OR UPDATE OR DELETE ON sn_reacf_remedial_action
    FOR EACH ROW EXECUTE FUNCTION sn_pren_keep_version();
  CREATE OR REPLACE TRIGGER "a registry row remembers its template" BEFORE INSERT OR UPDATE ON sn_pren_issue_registry
    FOR EACH ROW EXECUTE FUNCTION sn_pren_remember_template();
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER IF EXISTS "a registry row remembers its template" ON sn_pren_issue_registry;
DROP FUNCTION IF EXISTS sn_pren_remember_template();
DROP TRIGGER IF EXISTS "every change makes a version" ON sn_reacf_remedial_action;
DROP TRIGGER IF EXISTS "every change makes a version" ON sn_pren_notification_content;
DROP TRIGGER IF EXISTS "every change makes a version" ON sn_pren_resolution;
DROP TRIGGER IF EXISTS "every change makes a version" ON sn_pren_issue_registry;
DROP TRIGGER IF EXISTS "every change makes a version" ON sn_pren_issue_registry_template;
DROP FUNCTION IF EXISTS sn_pren_keep_version();
ALTER TABLE sn_pren_issue_registry
  DROP COLUMN IF EXISTS deployed_version, DROP COLUMN IF EXISTS update_decision, DROP COLUMN IF EXISTS decided_version;
DROP FUNCTION IF EXISTS sn_pren_says_the_same(jsonb, jsonb);
DROP FUNCTION IF EXISTS sn_pren_name_of(jsonb);
DROP TABLE IF EXISTS sn_pren_version;
