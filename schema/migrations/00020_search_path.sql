-- What a trigger does, it does to our tables: whatever search_path the session of whoever writes has, and whatever temporary tables. One that
-- has another could not write at all, and one with a temporary sys_audit would leave no trail.

-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE
  ours name;
BEGIN
  FOREACH ours IN ARRAY ARRAY['incident_refuse_state', 'sn_pren_hand_over_incident', 'sn_pren_keep_version', 'sn_pren_note_outcome', 'sn_pren_refuse_removed',
    'sn_pren_refuse_unasked', 'sn_pren_remember_template', 'sys_audit_refuse', 'sys_audit_refuse_truncate', 'sys_audit_write']
  LOOP
    EXECUTE format('ALTER FUNCTION %I() SET search_path = %I, pg_temp', ours, current_schema());
  END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DO $$
DECLARE
  ours name;
BEGIN
  FOREACH ours IN ARRAY ARRAY['incident_refuse_state', 'sn_pren_hand_over_incident', 'sn_pren_keep_version', 'sn_pren_note_outcome', 'sn_pren_refuse_removed',
    'sn_pren_refuse_unasked', 'sn_pren_remember_template', 'sys_audit_refuse', 'sys_audit_refuse_truncate', 'sys_audit_write']
  LOOP
    EXECUTE format('ALTER FUNCTION %I() RESET search_path', ours);
  END LOOP;
END
$$;
-- +goose StatementEnd
