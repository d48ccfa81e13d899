-- +goose Up

CREATE TABLE sn_pren_provider (
  sys_id         text        PRIMARY KEY,
  provider_code  text        NOT NULL CONSTRAINT "one provider per provider_code" UNIQUE,
  name           text        NOT NULL DEFAULT '',
  active         boolean     NOT NULL DEFAULT true,
  sys_created_on timestamptz NOT NULL DEFAULT now(),
  sys_created_by text        NOT NULL DEFAULT 'system',
  sys_updated_on timestamptz NOT NULL DEFAULT now(),
  sys_updated_by text        NOT NULL DEFAULT 'system',
  sys_mod_count  integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "a provider has a code" CHECK (btrim(provider_code) <> '')
);

-- For which providers an account may report. No row: for all of them.
CREATE TABLE sn_pren_account_provider (
  "user"   text NOT NULL REFERENCES sys_user ON DELETE CASCADE,
  provider text NOT NULL REFERENCES sn_pren_provider, -- no CASCADE: an account without providers may speak for all
  PRIMARY KEY ("user", provider)
);

CREATE TABLE sn_reacf_remedial_action (
  sys_id            text        PRIMARY KEY,
  name              text        NOT NULL CONSTRAINT "one remedial action per name" UNIQUE,
  kind              text        NOT NULL,
  target            text        NOT NULL,              -- child workflow type, activity type, or agent action
  task_queue        text        NOT NULL DEFAULT '',   -- of a subflow or flow action; '' is ours
  input_schema      json,                              -- JSON Schema of the parameters; NULL accepts any
  from_report       text[]      NOT NULL DEFAULT '{}', -- parameters that a report may fill
  timeout_seconds   integer     NOT NULL DEFAULT 300,  -- of one attempt
  offer_for_seconds integer     NOT NULL DEFAULT 28800, -- how long a CI action waits for a device that is off-line
  attempts          integer     NOT NULL DEFAULT 1,
  idempotent        boolean     NOT NULL DEFAULT false,
  active            boolean     NOT NULL DEFAULT true,
  sys_created_on    timestamptz NOT NULL DEFAULT now(),
  sys_created_by    text        NOT NULL DEFAULT 'system',
  sys_updated_on    timestamptz NOT NULL DEFAULT now(),
  sys_updated_by    text        NOT NULL DEFAULT 'system',
  sys_mod_count     integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "kind is one of three" CHECK (kind IN ('subflow', 'flow_action', 'ci_action')),
  CONSTRAINT "every action has an end" CHECK (timeout_seconds > 0 AND offer_for_seconds > 0 AND attempts > 0)
);

CREATE TABLE sn_pren_resolution (
  sys_id          text        PRIMARY KEY,
  name            text        NOT NULL CONSTRAINT "one resolution per name" UNIQUE,
  type            text        NOT NULL,
  remedial_action text        REFERENCES sn_reacf_remedial_action,
  parameters      json        NOT NULL DEFAULT '{}',
  on_success      text        NOT NULL DEFAULT 'close',
  instructions    text[]      NOT NULL DEFAULT '{}',
  url             text        NOT NULL DEFAULT '',
  active          boolean     NOT NULL DEFAULT true,
  sys_created_on  timestamptz NOT NULL DEFAULT now(),
  sys_created_by  text        NOT NULL DEFAULT 'system',
  sys_updated_on  timestamptz NOT NULL DEFAULT now(),
  sys_updated_by  text        NOT NULL DEFAULT 'system',
  sys_mod_count   integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "type is one of four" CHECK (type IN ('remedial_action', 'self_help', 'url', 'create_incident')),
  CONSTRAINT "on_success closes or waits" CHECK (on_success IN ('close', 'action_wait'))
);

-- A resolution is proper when it is active and has what its type needs.
CREATE VIEW sn_pren_proper_resolution AS
SELECT r.*
  FROM sn_pren_resolution r
  LEFT JOIN sn_reacf_remedial_action a ON a.sys_id = r.remedial_action AND a.active AND btrim(a.target) <> ''
 WHERE r.active
   AND CASE r.type
         WHEN 'remedial_action' THEN a.sys_id IS NOT NULL
         WHEN 'self_help'       THEN cardinality(r.instructions) > 0
         WHEN 'url'             THEN r.url <> ''
         WHEN 'create_incident' THEN true
       END;

CREATE TABLE sn_pren_notification_content (
  sys_id         text        PRIMARY KEY,
  name           text        NOT NULL CONSTRAINT "one notification content per name" UNIQUE,
  prompt         text        NOT NULL DEFAULT '',
  consent_text   text        NOT NULL DEFAULT '',
  active         boolean     NOT NULL DEFAULT true,
  sys_created_on timestamptz NOT NULL DEFAULT now(),
  sys_created_by text        NOT NULL DEFAULT 'system',
  sys_updated_on timestamptz NOT NULL DEFAULT now(),
  sys_updated_by text        NOT NULL DEFAULT 'system',
  sys_mod_count  integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$')
);

-- The catalogue of known issues.
CREATE TABLE sn_pren_issue_registry_template (
  sys_id               text        PRIMARY KEY,
  provider             text        NOT NULL REFERENCES sn_pren_provider,
  issue_code           text        NOT NULL,
  reference_name       text        NOT NULL DEFAULT '',
  short_description    text        NOT NULL DEFAULT '',
  resolution           text        REFERENCES sn_pren_resolution,
  notification_content text        REFERENCES sn_pren_notification_content,
  engagement           text        NOT NULL DEFAULT 'silent',
  consent              boolean     NOT NULL DEFAULT false,
  fallback             text        NOT NULL DEFAULT 'incident',
  action_wait_seconds  integer     NOT NULL DEFAULT 1800,
  next_codes           text[]      NOT NULL DEFAULT '{}',  -- empty: any
  assignment_group     text        NOT NULL DEFAULT '',
  impact               smallint    NOT NULL DEFAULT 3,
  urgency              smallint    NOT NULL DEFAULT 3,
  sys_created_on       timestamptz NOT NULL DEFAULT now(),
  sys_created_by       text        NOT NULL DEFAULT 'system',
  sys_updated_on       timestamptz NOT NULL DEFAULT now(),
  sys_updated_by       text        NOT NULL DEFAULT 'system',
  sys_mod_count        integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "one template per provider and issue_code" UNIQUE (provider, issue_code),
  CONSTRAINT "an issue has a code" CHECK (btrim(issue_code) <> ''),
  CONSTRAINT "engagement is one of three" CHECK (engagement IN ('engage', 'silent', 'notify_only')),
  CONSTRAINT "nothing that needs consent runs silently" CHECK (NOT (consent AND engagement = 'silent')),
  CONSTRAINT "fallback is one of three" CHECK (fallback IN ('incident', 'live_agent', 'none')),
  CONSTRAINT "every wait has an end" CHECK (action_wait_seconds > 0),
  CONSTRAINT "impact and urgency are 1 to 3" CHECK (impact BETWEEN 1 AND 3 AND urgency BETWEEN 1 AND 3)
);

-- What is deployed: the same columns, and the template that it came from. Only these rows can be reported.
CREATE TABLE sn_pren_issue_registry (
  LIKE sn_pren_issue_registry_template INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
  template text    NOT NULL REFERENCES sn_pren_issue_registry_template,
  active   boolean NOT NULL DEFAULT true,
  PRIMARY KEY (sys_id),
  FOREIGN KEY (provider)             REFERENCES sn_pren_provider,
  FOREIGN KEY (resolution)           REFERENCES sn_pren_resolution,
  FOREIGN KEY (notification_content) REFERENCES sn_pren_notification_content,
  CONSTRAINT "one registry row per provider and issue_code" UNIQUE (provider, issue_code)
);

-- +goose Down
DROP TABLE sn_pren_issue_registry, sn_pren_issue_registry_template, sn_pren_notification_content;
DROP VIEW sn_pren_proper_resolution;
DROP TABLE sn_pren_resolution, sn_reacf_remedial_action, sn_pren_account_provider, sn_pren_provider;
