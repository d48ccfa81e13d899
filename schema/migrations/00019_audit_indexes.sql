-- +goose NO TRANSACTION
-- Whoever reads the audit trail asks for one record, one table, or the latest of all.

-- +goose Up

-- An index that is built beside writers waits for whoever had begun before, and holds nobody up: it may wait.
SET lock_timeout = '1h';
-- An index that a run of this migration did not finish is no good: it is dropped first.
DROP INDEX CONCURRENTLY IF EXISTS sys_audit_of_table;
CREATE INDEX CONCURRENTLY sys_audit_of_table ON sys_audit (tablename, sys_created_on);

-- Erasing reads the whole trail, and needs none of its own.
DROP INDEX CONCURRENTLY IF EXISTS sys_audit_about_user;
RESET lock_timeout;

-- +goose Down
DROP INDEX IF EXISTS sys_audit_of_table;
CREATE INDEX IF NOT EXISTS sys_audit_about_user ON sys_audit ((CASE newvalue WHEN '' THEN oldvalue ELSE newvalue END)) WHERE fieldname = 'user';
