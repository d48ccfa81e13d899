-- +goose Up

ALTER TABLE sys_properties
  DROP CONSTRAINT "a property is a whole number",
  ADD CONSTRAINT "a property is a whole number but for the few texts" CHECK (value ~ '^-?[0-9]{1,9}$' OR name IN (
    'sn_pren.quiet_hours', 'sn_pren.default_time_zone', 'sn_pren.default_language', 'sn_pren.organisation_name', 'sn_pren.organisation_contact'));

ALTER TABLE sn_reacf_remedial_action
  ADD COLUMN sensitive boolean NOT NULL DEFAULT false; -- consent counts only with the code that the device shows

ALTER TABLE sn_pren_notification_content
  ADD COLUMN translations json; -- {"de": {"prompt": "…", "consent_text": "…"}}

CREATE TABLE user_criteria (
  sys_id         text        PRIMARY KEY,
  name           text        NOT NULL CONSTRAINT "one user criteria per name" UNIQUE,
  users          text[]      NOT NULL DEFAULT '{}', -- user_names
  roles          text[]      NOT NULL DEFAULT '{}',
  departments    text[]      NOT NULL DEFAULT '{}',
  locations      text[]      NOT NULL DEFAULT '{}',
  match_all      boolean     NOT NULL DEFAULT false,
  active         boolean     NOT NULL DEFAULT true,
  sys_created_on timestamptz NOT NULL DEFAULT now(),
  sys_created_by text        NOT NULL DEFAULT 'system',
  sys_updated_on timestamptz NOT NULL DEFAULT now(),
  sys_updated_by text        NOT NULL DEFAULT 'system',
  sys_mod_count  integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$')
);

-- The ways to reach people.
CREATE TABLE sn_pren_notification_channel (
  sys_id         text        PRIMARY KEY,
  name           text        NOT NULL CONSTRAINT "one notification channel per name" UNIQUE,
  type           text        NOT NULL,
  audience       text        NOT NULL DEFAULT 'person',
  attempts       integer     NOT NULL DEFAULT 5, -- to deliver one message
  config         json        NOT NULL DEFAULT '{}', -- of the type's own; secrets are {"$secret": "NAME"}
  active         boolean     NOT NULL DEFAULT true,
  sys_created_on timestamptz NOT NULL DEFAULT now(),
  sys_created_by text        NOT NULL DEFAULT 'system',
  sys_updated_on timestamptz NOT NULL DEFAULT now(),
  sys_updated_by text        NOT NULL DEFAULT 'system',
  sys_mod_count  integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "type is one of three" CHECK (type IN ('email', 'webhook', 'desktop')),
  CONSTRAINT "audience is one of two" CHECK (audience IN ('person', 'desk')),
  CONSTRAINT "a desk has no device" CHECK (NOT (audience = 'desk' AND type = 'desktop')),
  CONSTRAINT "every delivery has an end" CHECK (attempts BETWEEN 1 AND 20)
);

ALTER TABLE sn_pren_issue_registry_template
  ADD COLUMN channels                  text[]  NOT NULL DEFAULT '{}', -- names; empty: every active one for persons
  ADD COLUMN include                   text[]  NOT NULL DEFAULT '{}', -- names of user criteria; empty: everybody
  ADD COLUMN exclude                   text[]  NOT NULL DEFAULT '{}', -- names of user criteria; they win
  ADD COLUMN category                  text    NOT NULL DEFAULT '',
  ADD COLUMN user_limit                integer NOT NULL DEFAULT 0,    -- 0: the category's default
  ADD COLUMN user_limit_window_seconds integer NOT NULL DEFAULT 0,
  ADD COLUMN accept_seconds            integer NOT NULL DEFAULT 0,    -- 0: the property
  ADD COLUMN consent_seconds           integer NOT NULL DEFAULT 0,
  ADD COLUMN confirm_seconds           integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT "category is one of three" CHECK (category IN ('', 'device', 'application')),
  ADD CONSTRAINT "a user limit has a window" CHECK (user_limit >= 0 AND (user_limit > 0) = (user_limit_window_seconds > 0));
ALTER TABLE sn_pren_issue_registry
  ADD COLUMN channels                  text[]  NOT NULL DEFAULT '{}',
  ADD COLUMN include                   text[]  NOT NULL DEFAULT '{}',
  ADD COLUMN exclude                   text[]  NOT NULL DEFAULT '{}',
  ADD COLUMN category                  text    NOT NULL DEFAULT '',
  ADD COLUMN user_limit                integer NOT NULL DEFAULT 0,
  ADD COLUMN user_limit_window_seconds integer NOT NULL DEFAULT 0,
  ADD COLUMN accept_seconds            integer NOT NULL DEFAULT 0,
  ADD COLUMN consent_seconds           integer NOT NULL DEFAULT 0,
  ADD COLUMN confirm_seconds           integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT "category is one of three" CHECK (category IN ('', 'device', 'application')),
  ADD CONSTRAINT "a user limit has a window" CHECK (user_limit >= 0 AND (user_limit > 0) = (user_limit_window_seconds > 0));

CREATE TABLE sn_pren_conversation (
  sys_id            text        PRIMARY KEY,
  issue             text        NOT NULL REFERENCES sn_pren_experience_issue,
  step              integer     NOT NULL,
  "user"            text        NOT NULL REFERENCES sys_user,
  mode              text        NOT NULL,
  resolution_type   text        NOT NULL,
  state             text        NOT NULL,
  turn              integer     NOT NULL DEFAULT 1, -- raised by every change
  consent           boolean     NOT NULL,
  sensitive         boolean     NOT NULL,
  code_hash         bytea,
  code_tries        integer     NOT NULL DEFAULT 0,
  put_offs          integer     NOT NULL DEFAULT 0,
  contact_at        timestamptz NOT NULL,           -- when the person was, or is to be, first written to: counts against the contact budget
  until             timestamptz,
  remind_at         timestamptz,
  end_reason        text        NOT NULL DEFAULT '',
  accept_seconds    integer     NOT NULL,
  consent_seconds   integer     NOT NULL,
  confirm_seconds   integer     NOT NULL,
  feedback_seconds  integer     NOT NULL,
  offer_for_seconds integer     NOT NULL DEFAULT 0, -- of the job of a CI action
  short_description text        NOT NULL,           -- this and the next five: the catalogue's words when the step began; what
  prompt            text        NOT NULL,           -- a person was asked and agreed to does not change under them
  consent_text      text        NOT NULL,
  translations      json,
  instructions      text[]      NOT NULL,
  url               text        NOT NULL,
  rating            integer     NOT NULL DEFAULT 0, -- 1 to 5 stars; 0 without
  comment           text        NOT NULL DEFAULT '',
  sys_created_on    timestamptz NOT NULL DEFAULT now(),
  sys_updated_on    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "one conversation per step" UNIQUE (issue, step),
  CONSTRAINT "mode is one of two" CHECK (mode IN ('engage', 'notify_only')),
  CONSTRAINT "state is one of ten" CHECK (state IN ('waiting', 'telling', 'asked', 'put_off', 'consent', 'ready', 'running',
    'confirm', 'feedback', 'ended')),
  CONSTRAINT "every question has an end" CHECK ((state = 'ended') = (until IS NULL)),
  CONSTRAINT "a rating is 1 to 5 stars" CHECK (rating BETWEEN 0 AND 5)
);
CREATE INDEX sn_pren_conversation_of_person ON sn_pren_conversation ("user", contact_at);

CREATE TABLE sn_pren_notification (
  sys_id         text        PRIMARY KEY,
  issue          text        NOT NULL REFERENCES sn_pren_experience_issue,
  step           integer     NOT NULL,
  channel        text        NOT NULL REFERENCES sn_pren_notification_channel,
  occasion       text        NOT NULL,
  turn           integer     NOT NULL, -- of the conversation when it was written
  state          text        NOT NULL DEFAULT 'pending',
  attempts       integer     NOT NULL DEFAULT 0,
  token_hash     bytea       CONSTRAINT "one notification per token" UNIQUE, -- SHA-256 of the link's token, when it left
  sys_created_on timestamptz NOT NULL DEFAULT now(),
  ended_on       timestamptz,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "one message per channel and turn" UNIQUE (issue, step, turn, channel, occasion),
  CONSTRAINT "occasion is one of five" CHECK (occasion IN ('ask', 'reminder', 'again', 'code', 'desk')),
  CONSTRAINT "state is one of six" CHECK (state IN ('pending', 'sending', 'delivered', 'failed', 'unknown', 'withdrawn')),
  CONSTRAINT "an ended message says when" CHECK ((state IN ('pending', 'sending')) = (ended_on IS NULL))
);
CREATE INDEX sn_pren_notification_to_desk ON sn_pren_notification (issue) WHERE occasion = 'desk' AND state IN ('pending', 'sending');

CREATE SEQUENCE interaction_number START 10001;

-- A person who waits for a live agent.
CREATE TABLE interaction (
  sys_id            text        PRIMARY KEY,
  number            text        NOT NULL CONSTRAINT "one interaction per number" UNIQUE
                                DEFAULT replace(format('IMS%7s', nextval('interaction_number')), ' ', '0'),
  opened_for        text        NOT NULL REFERENCES sys_user,
  type              text        NOT NULL DEFAULT 'chat',
  state             text        NOT NULL DEFAULT 'new',
  short_description text        NOT NULL,
  description       text        NOT NULL,
  work_notes        text        NOT NULL,
  assignment_group  text        NOT NULL DEFAULT '',
  correlation_id    text        NOT NULL, -- experience_id
  origin_table      text        NOT NULL,
  origin_id         text        NOT NULL CONSTRAINT "one interaction per experience issue" UNIQUE,
  sys_created_on    timestamptz NOT NULL DEFAULT now(),
  sys_created_by    text        NOT NULL DEFAULT 'system',
  sys_updated_on    timestamptz NOT NULL DEFAULT now(),
  sys_updated_by    text        NOT NULL DEFAULT 'system',
  sys_mod_count     integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$')
);

ALTER TABLE sn_pren_experience_issue
  ADD COLUMN interaction text REFERENCES interaction;

ALTER TABLE sn_pren_experience_issue_inbox
  DROP CONSTRAINT "kind is one of five",
  ADD CONSTRAINT "kind is one of eight" CHECK (kind IN ('created', 'chained', 'job_finished', 'cancelled', 'lost', 'replied', 'noticed', 'tell_desk'));

-- A job is an action, or a notice: a message that the device shows.
ALTER TABLE ci_job
  ADD COLUMN purpose      text NOT NULL DEFAULT 'action',
  ADD COLUMN notification text REFERENCES sn_pren_notification CONSTRAINT "one job per notification" UNIQUE,
  ADD CONSTRAINT "purpose is one of two" CHECK (purpose IN ('action', 'notice')) NOT VALID,
  ADD CONSTRAINT "a notice belongs to a notification" CHECK ((purpose = 'notice') = (notification IS NOT NULL)) NOT VALID;

-- An engine from before conversations knows nothing of engagement: while one still runs, it must not do at once what a person is to
-- be asked about. Its Begin fails here and is tried again, until an engine that asks takes the step up.
-- +goose StatementBegin
CREATE FUNCTION sn_pren_refuse_unasked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM sn_pren_issue_registry WHERE sys_id = NEW.registry AND engagement <> 'silent') THEN
    RAISE EXCEPTION 'step % runs nothing: its person is to be asked first', NEW.step USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER "nothing is done unasked" BEFORE UPDATE OF plan ON sn_pren_experience_issue_step FOR EACH ROW
  WHEN (NEW.plan ->> 'conversation' IS NULL AND (NEW.plan -> 'action' IS NOT NULL OR NEW.plan ->> 'conclude' = 'incident_requested'))
  EXECUTE FUNCTION sn_pren_refuse_unasked();

-- What criteria, quiet hours and messages look at in a person.
ALTER TABLE sys_user
  ADD COLUMN preferred_language text NOT NULL DEFAULT '', -- like en or de; '' is the organisation's
  ADD COLUMN time_zone          text NOT NULL DEFAULT '', -- IANA name; '' is the organisation's
  ADD COLUMN department         text NOT NULL DEFAULT '',
  ADD COLUMN location           text NOT NULL DEFAULT '';

-- +goose Down
-- What would ask a person must not run unasked now: older engines know no conversations.
UPDATE sn_pren_issue_registry SET active = false WHERE engagement <> 'silent';
DROP TRIGGER "nothing is done unasked" ON sn_pren_experience_issue_step;
DROP FUNCTION sn_pren_refuse_unasked();
DELETE FROM ci_job WHERE purpose = 'notice';
ALTER TABLE ci_job
  DROP COLUMN purpose, DROP COLUMN notification;
DELETE FROM sn_pren_experience_issue_inbox WHERE kind IN ('replied', 'noticed', 'tell_desk');
ALTER TABLE sn_pren_experience_issue_inbox
  DROP CONSTRAINT "kind is one of eight",
  ADD CONSTRAINT "kind is one of five" CHECK (kind IN ('created', 'chained', 'job_finished', 'cancelled', 'lost'));
ALTER TABLE sn_pren_experience_issue DROP COLUMN interaction;
DROP TABLE interaction;
DROP SEQUENCE interaction_number;
DROP TABLE sn_pren_notification, sn_pren_conversation;
ALTER TABLE sn_pren_issue_registry
  DROP COLUMN channels, DROP COLUMN include, DROP COLUMN exclude, DROP COLUMN category, DROP COLUMN user_limit,
  DROP COLUMN user_limit_window_seconds, DROP COLUMN accept_seconds, DROP COLUMN consent_seconds, DROP COLUMN confirm_seconds;
ALTER TABLE sn_pren_issue_registry_template
  DROP COLUMN channels, DROP COLUMN include, DROP COLUMN exclude, DROP COLUMN category, DROP COLUMN user_limit,
  DROP COLUMN user_limit_window_seconds, DROP COLUMN accept_seconds, DROP COLUMN consent_seconds, DROP COLUMN confirm_seconds;
DROP TABLE sn_pren_notification_channel, user_criteria;
ALTER TABLE sn_pren_notification_content DROP COLUMN translations;
ALTER TABLE sn_reacf_remedial_action DROP COLUMN sensitive;
DELETE FROM sys_properties WHERE value !~ '^-?[0-9]{1,9}$';
ALTER TABLE sys_properties
  DROP CONSTRAINT "a property is a whole number but for the few texts",
  ADD CONSTRAINT "a property is a whole number" CHECK (value ~ '^-?[0-9]{1,9}$');
ALTER TABLE sys_user
  DROP COLUMN preferred_language, DROP COLUMN time_zone, DROP COLUMN department, DROP COLUMN location;
