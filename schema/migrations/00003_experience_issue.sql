-- +goose Up

CREATE SEQUENCE incident_number START 10001;

CREATE TABLE incident (
  sys_id                text        PRIMARY KEY,
  number                text        NOT NULL CONSTRAINT "one incident per number" UNIQUE
                                    DEFAULT replace(format('INC%7s', nextval('incident_number')), ' ', '0'),
  caller_id             text        NOT NULL REFERENCES sys_user,
  cmdb_ci               text        NOT NULL DEFAULT '', -- as reported, so it may name no computer of ours
  short_description     text        NOT NULL,
  description           text        NOT NULL,
  work_notes            text        NOT NULL,
  contact_type          text        NOT NULL DEFAULT 'monitoring',
  state                 text        NOT NULL DEFAULT '1', -- New
  impact                smallint    NOT NULL,
  urgency               smallint    NOT NULL,
  priority              smallint    NOT NULL,
  assignment_group      text        NOT NULL DEFAULT '',
  correlation_id        text        NOT NULL, -- experience_id
  correlation_display   text        NOT NULL, -- provider_code
  origin_table          text        NOT NULL,
  origin_id             text        NOT NULL CONSTRAINT "one incident per experience issue" UNIQUE,
  investigative_details json        NOT NULL, -- [{"step": 1, "issue_code": "100", "details": {…verbatim…}}, …]
  sys_created_on        timestamptz NOT NULL DEFAULT now(),
  sys_created_by        text        NOT NULL DEFAULT 'system',
  sys_updated_on        timestamptz NOT NULL DEFAULT now(),
  sys_updated_by        text        NOT NULL DEFAULT 'system',
  sys_mod_count         integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$')
);

CREATE TABLE sn_pren_experience_issue (
  sys_id             text        PRIMARY KEY,
  experience_id      text        NOT NULL,
  provider           text        NOT NULL REFERENCES sn_pren_provider,
  registry           text        NOT NULL REFERENCES sn_pren_issue_registry, -- of the step now
  "user"             text        NOT NULL REFERENCES sys_user,
  ci                 text        NOT NULL DEFAULT '', -- as reported
  state              text        NOT NULL,
  end_reason         text        NOT NULL DEFAULT '',
  step               integer     NOT NULL DEFAULT 1,
  messages           bigint      NOT NULL DEFAULT 1, -- counts the inbox rows that there ever were
  events             integer     NOT NULL DEFAULT 1, -- counts the timeline
  wait_until         timestamptz,                    -- in action_wait
  due_at             timestamptz NOT NULL,           -- unfinished by then: the janitor looks at it
  temporal_namespace text        NOT NULL DEFAULT '', -- id of the namespace that runs it; '' until it was started
  fallback_result    text        NOT NULL DEFAULT '',
  incident           text        REFERENCES incident,
  sys_created_on     timestamptz NOT NULL DEFAULT now(),
  sys_created_by     text        NOT NULL DEFAULT 'system',
  sys_updated_on     timestamptz NOT NULL DEFAULT now(),
  closed_on          timestamptz,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "one issue per experience_id" UNIQUE (experience_id),
  CONSTRAINT "experience_id is made of safe characters" CHECK (experience_id ~ '^[A-Za-z0-9._:@-]{1,100}$'),
  CONSTRAINT "state is one of seven" CHECK (state IN ('open', 'in_progress', 'action_wait',
    'closed_complete', 'closed_incomplete', 'closed_skipped', 'closed_cancelled')),
  CONSTRAINT "a closed issue has a reason and a time" CHECK
    ((state LIKE 'closed\_%') = (end_reason <> '') AND (state LIKE 'closed\_%') = (closed_on IS NOT NULL)),
  CONSTRAINT "a waiting issue has a deadline" CHECK ((state = 'action_wait') = (wait_until IS NOT NULL)),
  CONSTRAINT "at most 100 steps" CHECK (step BETWEEN 1 AND 100)
);
CREATE UNIQUE INDEX "one open issue per person and registry row" ON sn_pren_experience_issue ("user", registry)
  WHERE state IN ('open', 'in_progress');
CREATE INDEX sn_pren_experience_issue_due ON sn_pren_experience_issue (due_at)
  WHERE state IN ('open', 'in_progress', 'action_wait');

CREATE TABLE sn_pren_experience_issue_step (
  sys_id                text        PRIMARY KEY,
  issue                 text        NOT NULL REFERENCES sn_pren_experience_issue,
  step                  integer     NOT NULL,
  registry              text        NOT NULL REFERENCES sn_pren_issue_registry,
  resolution            text        NOT NULL REFERENCES sn_pren_resolution, -- pinned at the moment of the report
  ci                    text        NOT NULL DEFAULT '',
  input_parameters      json,
  parameters_are_text   boolean     NOT NULL DEFAULT false,
  investigative_details json,
  sys_created_on        timestamptz NOT NULL DEFAULT now(),
  sys_created_by        text        NOT NULL DEFAULT 'system',
  begun_on              timestamptz,
  plan                  json,                 -- Begin's verdict; a repeat reads it here
  parameters            json,                 -- what the action gets: the resolution's, filled from the report, checked
  detail                text        NOT NULL DEFAULT '', -- why Begin decided that nothing is run
  output                json,                 -- what the action gave back
  ended_on              timestamptz,
  verdict               json,                 -- Conclude's or ExpireWait's verdict; a repeat reads it here
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "one row per step" UNIQUE (issue, step),
  CONSTRAINT "begun means planned" CHECK ((begun_on IS NULL) = (plan IS NULL)),
  CONSTRAINT "ended means decided" CHECK ((ended_on IS NULL) = (verdict IS NULL))
);

CREATE TABLE sn_pren_experience_issue_event (
  issue          text        NOT NULL REFERENCES sn_pren_experience_issue,
  number         integer     NOT NULL,
  step           integer     NOT NULL,
  event          text        NOT NULL,
  detail         text        NOT NULL DEFAULT '',
  sys_created_on timestamptz NOT NULL DEFAULT clock_timestamp(),
  sys_created_by text        NOT NULL DEFAULT 'system',
  PRIMARY KEY (issue, number)
);

CREATE TABLE sn_pren_experience_issue_inbox (
  issue          text        NOT NULL REFERENCES sn_pren_experience_issue,
  seq            bigint      NOT NULL,
  kind           text        NOT NULL,
  step           integer     NOT NULL,
  attempt        integer     NOT NULL DEFAULT 0,
  not_before     timestamptz NOT NULL DEFAULT now(), -- the lease while it is being delivered, then the next try
  sys_created_on timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (issue, seq),
  CONSTRAINT "kind is one of five" CHECK (kind IN ('created', 'chained', 'job_finished', 'cancelled', 'lost'))
);
CREATE INDEX sn_pren_experience_issue_inbox_due ON sn_pren_experience_issue_inbox (not_before);

-- +goose Down
DROP TABLE sn_pren_experience_issue_inbox, sn_pren_experience_issue_event, sn_pren_experience_issue_step,
  sn_pren_experience_issue, incident;
DROP SEQUENCE incident_number;
