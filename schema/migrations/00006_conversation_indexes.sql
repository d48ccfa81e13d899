-- +goose NO TRANSACTION
-- What reads or builds over tables that grow with the years, while an older version serves.

-- +goose Up

-- An index that a run of this migration did not finish is no good: it is dropped first.
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_experience_issue_of_person;
DROP INDEX CONCURRENTLY IF EXISTS "one job per attempt at an action";
DROP INDEX CONCURRENTLY IF EXISTS ci_job_of_issue;

-- What the freeze and the user limits are looked up by.
CREATE INDEX CONCURRENTLY sn_pren_experience_issue_of_person ON sn_pren_experience_issue ("user", closed_on);

CREATE UNIQUE INDEX CONCURRENTLY "one job per attempt at an action" ON ci_job (issue, step, attempt) WHERE purpose = 'action';
ALTER TABLE ci_job DROP CONSTRAINT IF EXISTS "one job per attempt";
CREATE INDEX CONCURRENTLY ci_job_of_issue ON ci_job (issue) WHERE state IN ('offered', 'leased', 'begun');
ALTER TABLE ci_job VALIDATE CONSTRAINT "purpose is one of two";
ALTER TABLE ci_job VALIDATE CONSTRAINT "a notice belongs to a notification";

-- +goose Down
DROP INDEX IF EXISTS ci_job_of_issue;
DELETE FROM ci_job WHERE purpose = 'notice';
ALTER TABLE ci_job ADD CONSTRAINT "one job per attempt" UNIQUE (issue, step, attempt);
DROP INDEX IF EXISTS "one job per attempt at an action";
DROP INDEX IF EXISTS sn_pren_experience_issue_of_person;
