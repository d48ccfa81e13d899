-- +goose NO TRANSACTION
-- What is asked for in tables that grow with the years: the newest, and what has changed since somebody asked last. The key that settles the
-- order of rows of one moment is left to a sort of those few. Every line may be run again, while an older version serves.

-- +goose Up

-- An index that is built beside writers waits for whoever had begun before, and holds nobody up: it may wait.
SET lock_timeout = '1h';
-- An index that a run of this migration did not finish is no good: it is dropped first.
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_experience_issue_by_creation;
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_experience_issue_by_update;
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_experience_issue_event_by_creation;
DROP INDEX CONCURRENTLY IF EXISTS incident_by_creation;
DROP INDEX CONCURRENTLY IF EXISTS incident_by_update;
DROP INDEX CONCURRENTLY IF EXISTS incident_by_second_of_update;

CREATE INDEX CONCURRENTLY sn_pren_experience_issue_by_creation ON sn_pren_experience_issue (sys_created_on);
CREATE INDEX CONCURRENTLY sn_pren_experience_issue_by_update ON sn_pren_experience_issue (sys_updated_on);
CREATE INDEX CONCURRENTLY sn_pren_experience_issue_event_by_creation ON sn_pren_experience_issue_event (sys_created_on);
CREATE INDEX CONCURRENTLY incident_by_creation ON incident (sys_created_on);
CREATE INDEX CONCURRENTLY incident_by_update ON incident (sys_updated_on);
-- Whoever reads incidents on from the last one's second and sys_id wants them in that order.
CREATE INDEX CONCURRENTLY incident_by_second_of_update ON incident (date_trunc('second', sys_updated_on AT TIME ZONE 'UTC'), sys_id);
RESET lock_timeout;

-- +goose Down
DROP INDEX IF EXISTS incident_by_second_of_update;
DROP INDEX IF EXISTS incident_by_update;
DROP INDEX IF EXISTS incident_by_creation;
DROP INDEX IF EXISTS sn_pren_experience_issue_event_by_creation;
DROP INDEX IF EXISTS sn_pren_experience_issue_by_update;
DROP INDEX IF EXISTS sn_pren_experience_issue_by_creation;
