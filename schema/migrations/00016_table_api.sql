-- +goose NO TRANSACTION
-- What the Table API finds rows by in tables that grow with the years, what Postgres looks through before a row goes that others may refer
-- to, and incidents whose state is odd. Every line may be run again, while an older version serves.

-- +goose Up

-- An index that is built beside writers waits for whoever had begun before, and holds nobody up: it may wait.
SET lock_timeout = '1h';
-- An index that a run of this migration did not finish is no good: it is dropped first.
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_experience_issue_of_provider;
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_experience_issue_of_registry;
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_experience_issue_step_of_registry;
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_experience_issue_step_of_resolution;
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_notification_on_channel;
DROP INDEX CONCURRENTLY IF EXISTS ci_job_of_computer;
DROP INDEX CONCURRENTLY IF EXISTS sn_agent_token_of_computer;
DROP INDEX CONCURRENTLY IF EXISTS cmdb_ci_computer_of_person;
DROP INDEX CONCURRENTLY IF EXISTS interaction_of_person;
DROP INDEX CONCURRENTLY IF EXISTS sys_user_has_role_by_id;
DROP INDEX CONCURRENTLY IF EXISTS sys_user_by_name;

-- Each is also what lists are asked for by: the issues of a provider, or of a registry row, the computers of a person.
CREATE INDEX CONCURRENTLY sn_pren_experience_issue_of_provider ON sn_pren_experience_issue (provider);
CREATE INDEX CONCURRENTLY sn_pren_experience_issue_of_registry ON sn_pren_experience_issue (registry);
CREATE INDEX CONCURRENTLY sn_pren_experience_issue_step_of_registry ON sn_pren_experience_issue_step (registry);
CREATE INDEX CONCURRENTLY sn_pren_experience_issue_step_of_resolution ON sn_pren_experience_issue_step (resolution);
CREATE INDEX CONCURRENTLY sn_pren_notification_on_channel ON sn_pren_notification (channel);
CREATE INDEX CONCURRENTLY ci_job_of_computer ON ci_job (ci);
CREATE INDEX CONCURRENTLY sn_agent_token_of_computer ON sn_agent_token (ci);
CREATE INDEX CONCURRENTLY cmdb_ci_computer_of_person ON cmdb_ci_computer (assigned_to);
CREATE INDEX CONCURRENTLY interaction_of_person ON interaction (opened_for);

-- A role of a person has no column sys_id: the Table API makes one of what tells the rows apart.
CREATE INDEX CONCURRENTLY sys_user_has_role_by_id ON sys_user_has_role (md5("user" || ':' || role));

-- What a person is called, as the Table API makes it of first and last name: a caller may be given by it.
CREATE INDEX CONCURRENTLY sys_user_by_name ON sys_user (lower(coalesce(nullif(btrim(first_name || ' ' || last_name), ''), user_name)));
RESET lock_timeout;

-- An incident whose state is none of the six, as SQL may have written it before there was a rule, can be changed in everything else: the
-- rule is about what is written now.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION incident_refuse_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an incident''s state is one of six' USING ERRCODE = 'check_violation', CONSTRAINT = 'an incident''s state is one of six';
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER "a new incident's state is one of six" BEFORE INSERT ON incident FOR EACH ROW
  WHEN (NEW.state NOT IN ('1', '2', '3', '6', '7', '8')) EXECUTE FUNCTION incident_refuse_state();
CREATE OR REPLACE TRIGGER "an incident's state becomes one of six" BEFORE UPDATE OF state ON incident FOR EACH ROW
  WHEN (NEW.state <> OLD.state AND NEW.state NOT IN ('1', '2', '3', '6', '7', '8')) EXECUTE FUNCTION incident_refuse_state();
ALTER TABLE incident DROP CONSTRAINT IF EXISTS "an incident's state is one of six";

-- +goose Down
ALTER TABLE incident
  DROP CONSTRAINT IF EXISTS "an incident's state is one of six",
  ADD CONSTRAINT "an incident's state is one of six" CHECK (state IN ('1', '2', '3', '6', '7', '8')) NOT VALID;
DROP TRIGGER IF EXISTS "an incident's state becomes one of six" ON incident;
DROP TRIGGER IF EXISTS "a new incident's state is one of six" ON incident;
DROP FUNCTION IF EXISTS incident_refuse_state();
DROP INDEX IF EXISTS sys_user_by_name;
DROP INDEX IF EXISTS sys_user_has_role_by_id;
DROP INDEX IF EXISTS interaction_of_person;
DROP INDEX IF EXISTS cmdb_ci_computer_of_person;
DROP INDEX IF EXISTS sn_agent_token_of_computer;
DROP INDEX IF EXISTS ci_job_of_computer;
DROP INDEX IF EXISTS sn_pren_notification_on_channel;
DROP INDEX IF EXISTS sn_pren_experience_issue_step_of_resolution;
DROP INDEX IF EXISTS sn_pren_experience_issue_step_of_registry;
DROP INDEX IF EXISTS sn_pren_experience_issue_of_registry;
DROP INDEX IF EXISTS sn_pren_experience_issue_of_provider;
