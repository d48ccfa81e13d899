-- +goose NO TRANSACTION
-- Steps in other languages. Every line may be run again; each takes the lock of one table, and shortly.

-- +goose Up
ALTER TABLE sn_pren_resolution
  ADD COLUMN IF NOT EXISTS translations json; -- {"de": {"instructions": ["…"]}}

-- What a person is shown does not change under them, as with the words beside it. An older version leaves it empty: then the steps are
-- shown as the resolution itself has them.
ALTER TABLE sn_pren_conversation
  ADD COLUMN IF NOT EXISTS instruction_translations json;

-- +goose Down
ALTER TABLE sn_pren_conversation DROP COLUMN IF EXISTS instruction_translations;
ALTER TABLE sn_pren_resolution DROP COLUMN IF EXISTS translations;
