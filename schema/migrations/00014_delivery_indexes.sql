-- +goose NO TRANSACTION
-- What builds over tables that grow with the years, while an older version serves; every line may be run again.

-- +goose Up

-- An index that is built beside writers waits for whoever had begun before, and holds nobody up: it may wait.
SET lock_timeout = '1h';
-- An index that a run of this migration did not finish is no good: it is dropped first.
DROP INDEX CONCURRENTLY IF EXISTS sn_pren_delivery_waiting;
DROP INDEX CONCURRENTLY IF EXISTS incident_not_handed_over;

-- For how long a receiver was not told: what is given up without another attempt, and how old the oldest is.
CREATE INDEX CONCURRENTLY sn_pren_delivery_waiting ON sn_pren_delivery (receiver, since) WHERE state = 'pending';

-- What a service desk's system may be told that it does not know.
CREATE INDEX CONCURRENTLY incident_not_handed_over ON incident (sys_created_on)
  WHERE origin_table = 'sn_pren_experience_issue' AND foreign_sys_id = '' AND foreign_number = '' AND state IN ('1', '2', '3');
RESET lock_timeout;

-- +goose Down
DROP INDEX IF EXISTS incident_not_handed_over;
DROP INDEX IF EXISTS sn_pren_delivery_waiting;
