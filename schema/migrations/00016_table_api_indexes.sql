-- +goose NO TRANSACTION
-- What the Table API finds rows by in tables that grow with the years, and what Postgres looks through before a row goes that others may
-- refer to. Every line may be run again, while an older version serves.

-- +goose Up

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

-- +goose Down
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
