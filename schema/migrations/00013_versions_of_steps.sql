-- +goose Up

-- What a step began with. No foreign keys, which would have every step that begins lock the same few rows: versions are not deleted.
ALTER TABLE sn_pren_experience_issue_step
  ADD COLUMN IF NOT EXISTS registry_version   text,
  ADD COLUMN IF NOT EXISTS resolution_version text,
  ADD COLUMN IF NOT EXISTS action_version     text;

-- +goose Down
ALTER TABLE sn_pren_experience_issue_step
  DROP COLUMN IF EXISTS registry_version, DROP COLUMN IF EXISTS resolution_version, DROP COLUMN IF EXISTS action_version;
