-- +goose NO TRANSACTION
-- Outcomes and deliveries. Every line may be run again. Each is a transaction of its own: what locks the issues or the incidents, if only for a
-- moment, waits for no other lock meanwhile.

-- +goose Up

-- Which providers hear what becomes of their issues, and how.
CREATE TABLE IF NOT EXISTS sn_pren_outcome_receiver (
  sys_id                text        PRIMARY KEY,
  provider              text        NOT NULL REFERENCES sn_pren_provider CONSTRAINT "one outcome receiver per provider" UNIQUE,
  states                text[]      NOT NULL,
  config                json,                            -- of the webhook, secrets are {"$secret": "NAME"}; NULL: the feed alone
  give_up_after_seconds integer     NOT NULL DEFAULT 259200,
  active                boolean     NOT NULL DEFAULT true,
  sys_created_on        timestamptz NOT NULL DEFAULT now(),
  sys_created_by        text        NOT NULL DEFAULT 'system',
  sys_updated_on        timestamptz NOT NULL DEFAULT now(),
  sys_updated_by        text        NOT NULL DEFAULT 'system',
  sys_mod_count         integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "an outcome is a state after open" CHECK (cardinality(states) > 0 AND states <@ ARRAY['in_progress', 'action_wait',
    'closed_complete', 'closed_incomplete', 'closed_skipped', 'closed_cancelled']),
  CONSTRAINT "delivering an outcome has an end" CHECK (give_up_after_seconds > 0)
);

-- The service desk's own system, where incidents go.
CREATE TABLE IF NOT EXISTS sn_pren_service_desk (
  sys_id                text        PRIMARY KEY,
  name                  text        NOT NULL CONSTRAINT "one service desk per name" UNIQUE,
  type                  text        NOT NULL,
  config                json        NOT NULL,            -- of the type's own; secrets are {"$secret": "NAME"}
  give_up_after_seconds integer     NOT NULL DEFAULT 0,  -- 0: never
  active                boolean     NOT NULL DEFAULT true,
  sys_created_on        timestamptz NOT NULL DEFAULT now(),
  sys_created_by        text        NOT NULL DEFAULT 'system',
  sys_updated_on        timestamptz NOT NULL DEFAULT now(),
  sys_updated_by        text        NOT NULL DEFAULT 'system',
  sys_mod_count         integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "type is one of two" CHECK (type IN ('servicenow', 'webhook')),
  CONSTRAINT "giving up takes time" CHECK (give_up_after_seconds >= 0)
);
-- An incident has one foreign number.
CREATE UNIQUE INDEX IF NOT EXISTS "one active service desk" ON sn_pren_service_desk (active) WHERE active;

-- What became of an issue, step by step, for providers that want to hear it. Each is written by the statement that moves the issue.
CREATE TABLE IF NOT EXISTS sn_pren_outcome (
  sys_id         text        PRIMARY KEY DEFAULT replace(gen_random_uuid()::text, '-', ''), -- the event's id, by which a receiver knows a repeat
  number         bigint      GENERATED ALWAYS AS IDENTITY, -- in the order of writing, which is not that of commits
  issue          text        NOT NULL REFERENCES sn_pren_experience_issue ON DELETE CASCADE,
  provider       text        NOT NULL, -- the issue's own, which is checked there
  experience_id  text        NOT NULL,
  issue_code     text        NOT NULL,
  step           integer     NOT NULL,
  state          text        NOT NULL,
  end_reason     text        NOT NULL,
  sequence       integer     NOT NULL, -- counts the outcomes of the issue
  position       bigint,               -- in the feed; NULL until somebody reads on
  sys_created_on timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "outcomes of an issue are counted" UNIQUE (issue, sequence),
  CONSTRAINT "one outcome per place in the feed" UNIQUE (provider, position)
);
CREATE INDEX IF NOT EXISTS sn_pren_outcome_unplaced ON sn_pren_outcome (number) WHERE position IS NULL;
CREATE INDEX IF NOT EXISTS sn_pren_outcome_by_age ON sn_pren_outcome (sys_created_on);

-- Places in the feed are given to what is committed, by one reader at a time: whoever sees a place sees all before it.
CREATE SEQUENCE IF NOT EXISTS sn_pren_outcome_position;

-- What another system is to be told: a provider's an outcome, the service desk's an incident.
CREATE TABLE IF NOT EXISTS sn_pren_delivery (
  sys_id                text        PRIMARY KEY DEFAULT replace(gen_random_uuid()::text, '-', ''),
  number                bigint      GENERATED ALWAYS AS IDENTITY,
  receiver              text        NOT NULL, -- sys_id of an outcome receiver or of a service desk
  outcome               text        REFERENCES sn_pren_outcome ON DELETE CASCADE CONSTRAINT "one delivery per outcome" UNIQUE,
  incident              text        REFERENCES incident        ON DELETE CASCADE CONSTRAINT "one delivery per incident" UNIQUE,
  issue                 text        NOT NULL, -- what is told of one issue is told in order
  state                 text        NOT NULL DEFAULT 'pending',
  attempts              integer     NOT NULL DEFAULT 0,
  not_before            timestamptz NOT NULL DEFAULT now(), -- the lease while it is being delivered, then the next try
  since                 timestamptz NOT NULL DEFAULT now(), -- when it was asked for, last
  give_up_after_seconds integer     NOT NULL,               -- 0: never
  detail                text        NOT NULL DEFAULT '',    -- what came of the last attempt
  ended_on              timestamptz,
  sys_created_on        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "an outcome or an incident is delivered" CHECK ((outcome IS NULL) <> (incident IS NULL)),
  CONSTRAINT "state is one of three" CHECK (state IN ('pending', 'delivered', 'given_up')),
  CONSTRAINT "an ended delivery says when" CHECK ((state = 'pending') = (ended_on IS NULL))
);
CREATE INDEX IF NOT EXISTS sn_pren_delivery_due ON sn_pren_delivery (receiver, not_before) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS sn_pren_delivery_of_issue ON sn_pren_delivery (issue, number);
CREATE INDEX IF NOT EXISTS sn_pren_delivery_given_up ON sn_pren_delivery (receiver) WHERE state = 'given_up';

-- The log of deliveries: no bodies, no secrets.
CREATE TABLE IF NOT EXISTS sn_pren_delivery_attempt (
  sys_id         text        PRIMARY KEY DEFAULT replace(gen_random_uuid()::text, '-', ''),
  delivery       text        NOT NULL REFERENCES sn_pren_delivery ON DELETE CASCADE,
  attempt        integer     NOT NULL,
  sys_created_on timestamptz NOT NULL,           -- when it began
  duration_ms    integer     NOT NULL,
  status         integer     NOT NULL DEFAULT 0, -- of the answer; 0 without one
  detail         text        NOT NULL,
  next_try       timestamptz,                    -- NULL: there is none
  CONSTRAINT "one row per attempt at a delivery" UNIQUE (delivery, attempt)
);

-- How the service desk's own system knows an incident.
ALTER TABLE incident
  ADD COLUMN IF NOT EXISTS foreign_sys_id text NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS foreign_number text NOT NULL DEFAULT '';

CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_outcome_receiver
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();
CREATE OR REPLACE TRIGGER "every change is audited" AFTER INSERT OR UPDATE OR DELETE ON sn_pren_service_desk
  FOR EACH ROW EXECUTE FUNCTION sys_audit_write();

-- An outcome waits as long as the one before it that has failed, so that nobody looks at it again and again meanwhile; and not for one that is
-- on its way for the first time, whose not_before is a lease: that one may be settled before this row is there to be made due.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sn_pren_note_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  receiver sn_pren_outcome_receiver;
  noted    text;
BEGIN
  SELECT * INTO receiver FROM sn_pren_outcome_receiver WHERE provider = NEW.provider AND active;
  IF NOT FOUND OR NEW.state <> ALL (receiver.states) THEN
    RETURN NULL;
  END IF;
  INSERT INTO sn_pren_outcome (issue, provider, experience_id, issue_code, step, state, end_reason, sequence)
  SELECT NEW.sys_id, NEW.provider, NEW.experience_id, r.issue_code, NEW.step, NEW.state, NEW.end_reason,
         1 + coalesce((SELECT max(sequence) FROM sn_pren_outcome WHERE issue = NEW.sys_id), 0)
    FROM sn_pren_issue_registry r
   WHERE r.sys_id = NEW.registry
  RETURNING sys_id INTO noted;
  IF receiver.config IS NOT NULL THEN
    INSERT INTO sn_pren_delivery (receiver, outcome, issue, give_up_after_seconds, not_before)
    VALUES (receiver.sys_id, noted, NEW.sys_id, receiver.give_up_after_seconds, greatest(now(),
           (SELECT max(not_before) FROM sn_pren_delivery
             WHERE issue = NEW.sys_id AND state || '' = 'pending' AND outcome IS NOT NULL AND detail <> '')));
  END IF;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
-- That it was reported, the reporter knows. An engine from before outcomes writes them as well.
CREATE OR REPLACE TRIGGER "a provider hears what became of an issue" AFTER UPDATE OF state ON sn_pren_experience_issue FOR EACH ROW
  WHEN (NEW.state <> OLD.state AND NEW.state <> 'open') EXECUTE FUNCTION sn_pren_note_outcome();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sn_pren_hand_over_incident() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO sn_pren_delivery (receiver, incident, issue, give_up_after_seconds)
  SELECT sys_id, NEW.sys_id, NEW.origin_id, give_up_after_seconds FROM sn_pren_service_desk WHERE active;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
-- An incident that came from elsewhere stays: of two systems that hand over to each other none would ever end.
CREATE OR REPLACE TRIGGER "the service desk's system hears of an incident" AFTER INSERT ON incident FOR EACH ROW
  WHEN (NEW.origin_table = 'sn_pren_experience_issue') EXECUTE FUNCTION sn_pren_hand_over_incident();

-- +goose Down
DROP TRIGGER IF EXISTS "the service desk's system hears of an incident" ON incident;
DROP FUNCTION IF EXISTS sn_pren_hand_over_incident();
DROP TRIGGER IF EXISTS "a provider hears what became of an issue" ON sn_pren_experience_issue;
DROP FUNCTION IF EXISTS sn_pren_note_outcome();
ALTER TABLE incident DROP COLUMN IF EXISTS foreign_sys_id, DROP COLUMN IF EXISTS foreign_number;
DROP TABLE IF EXISTS sn_pren_delivery_attempt;
DROP TABLE IF EXISTS sn_pren_delivery;
DROP SEQUENCE IF EXISTS sn_pren_outcome_position;
DROP TABLE IF EXISTS sn_pren_outcome;
DROP TABLE IF EXISTS sn_pren_service_desk;
DROP TABLE IF EXISTS sn_pren_outcome_receiver;
