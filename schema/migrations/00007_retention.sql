-- +goose NO TRANSACTION
-- Retention and erasure. What builds over tables that grow with the years does so while an older version serves; every line may be run again.

-- +goose Up

-- What is left of an issue that retention has removed: its id is taken for ever. Only the hash stays, as an id that a caller chose may
-- name a person.
CREATE TABLE IF NOT EXISTS sn_pren_removed_issue (
  experience_id_hash bytea       PRIMARY KEY, -- SHA-256
  removed_on         timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "a hash has 32 bytes" CHECK (octet_length(experience_id_hash) = 32)
);

-- That a person was erased, when, and by whom.
CREATE TABLE IF NOT EXISTS sn_pren_erasure (
  "user"         text        PRIMARY KEY REFERENCES sys_user,
  sys_created_on timestamptz NOT NULL DEFAULT now(),
  sys_created_by text        NOT NULL,
  finished_on    timestamptz -- NULL: it was interrupted, and is to be run again
);

-- The other half of "one issue per experience_id". It looks after the row is in, and so after whoever removed an issue with that id has
-- committed: a report that waited for the unique index finds the tombstone. Ids that we make ourselves cost nothing.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sn_pren_refuse_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM sn_pren_removed_issue WHERE experience_id_hash = sha256(convert_to(NEW.experience_id, 'UTF8'))) THEN
    RAISE EXCEPTION 'the experience_id was that of an issue that has been removed'
      USING ERRCODE = 'unique_violation', CONSTRAINT = 'one issue per experience_id';
  END IF;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER "one issue per experience_id, for ever" AFTER INSERT ON sn_pren_experience_issue FOR EACH ROW
  WHEN (NEW.experience_id <> NEW.sys_id) EXECUTE FUNCTION sn_pren_refuse_removed();

-- An index that a run of this migration did not finish is no good: it is dropped first.
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_experience_issue_closed;
DROP INDEX CONCURRENTLY IF EXISTS ci_job_by_issue;
CREATE INDEX CONCURRENTLY sn_pren_experience_issue_closed ON sn_pren_experience_issue (closed_on) WHERE closed_on IS NOT NULL;

-- Over all jobs, also the ended ones: removing an issue looks for them. It serves what ci_job_of_issue did.
CREATE INDEX CONCURRENTLY ci_job_by_issue ON ci_job (issue);
DROP INDEX CONCURRENTLY IF EXISTS ci_job_of_issue;

-- +goose Down
-- Afterwards the ids of removed issues can be reported again.
CREATE INDEX IF NOT EXISTS ci_job_of_issue ON ci_job (issue) WHERE state IN ('offered', 'leased', 'begun');
DROP INDEX IF EXISTS ci_job_by_issue;
DROP INDEX IF EXISTS sn_pren_experience_issue_closed;
DROP TRIGGER IF EXISTS "one issue per experience_id, for ever" ON sn_pren_experience_issue;
DROP FUNCTION IF EXISTS sn_pren_refuse_removed();
DROP TABLE IF EXISTS sn_pren_erasure;
DROP TABLE IF EXISTS sn_pren_removed_issue;
