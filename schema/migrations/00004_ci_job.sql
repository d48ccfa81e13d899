-- +goose Up

CREATE TABLE ci_job (
  sys_id          text        PRIMARY KEY,
  issue           text        NOT NULL REFERENCES sn_pren_experience_issue,
  step            integer     NOT NULL,
  attempt         integer     NOT NULL,
  ci              text        NOT NULL REFERENCES cmdb_ci_computer,
  action          text        NOT NULL,
  parameters      json        NOT NULL,
  idempotent      boolean     NOT NULL,
  attempts        integer     NOT NULL, -- at most
  timeout_seconds integer     NOT NULL,
  reported_at     timestamptz NOT NULL,
  state           text        NOT NULL DEFAULT 'offered',
  expires_at      timestamptz NOT NULL,
  lease_until     timestamptz,
  begun_on        timestamptz,
  ended_on        timestamptz,
  result          json,       -- {"status", "message", "output"} as the agent sent it
  sys_created_on  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "one job per attempt" UNIQUE (issue, step, attempt),
  CONSTRAINT "state is one of eight" CHECK (state IN ('offered', 'leased', 'begun', 'finished', 'unknown',
    'expired', 'timed_out', 'withdrawn')),
  CONSTRAINT "a job with an agent has a lease" CHECK (state NOT IN ('leased', 'begun') OR lease_until IS NOT NULL),
  CONSTRAINT "a begun job says since when" CHECK (state <> 'begun' OR begun_on IS NOT NULL),
  CONSTRAINT "a result belongs to a finished or unknown job" CHECK (result IS NULL OR state IN ('finished', 'unknown')),
  CONSTRAINT "an ended job says when" CHECK ((state IN ('offered', 'leased', 'begun')) = (ended_on IS NULL))
);
CREATE INDEX ci_job_wanted ON ci_job (ci, sys_created_on) WHERE state IN ('offered', 'leased', 'begun');
CREATE INDEX ci_job_expires ON ci_job (expires_at) WHERE state IN ('offered', 'leased');
CREATE INDEX ci_job_lease ON ci_job (lease_until) WHERE state = 'begun';

-- +goose Down
DROP TABLE ci_job;
