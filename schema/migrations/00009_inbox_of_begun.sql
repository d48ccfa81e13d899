-- +goose NO TRANSACTION
-- Messages of issues that have begun are claimed first: they are found without reading all reports that have just come.

-- +goose Up

-- An index that a run of this migration did not finish is no good: it is dropped first.
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_experience_issue_inbox_begun;
CREATE INDEX CONCURRENTLY sn_pren_experience_issue_inbox_begun ON sn_pren_experience_issue_inbox (not_before) WHERE kind <> 'created';

-- +goose Down
DROP INDEX IF EXISTS sn_pren_experience_issue_inbox_begun;
