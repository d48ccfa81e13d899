-- +goose Up

CREATE TABLE sys_user (
  sys_id                  text        PRIMARY KEY,
  user_name               text        NOT NULL,
  first_name              text        NOT NULL DEFAULT '',
  last_name               text        NOT NULL DEFAULT '',
  email                   text        NOT NULL DEFAULT '',
  active                  boolean     NOT NULL DEFAULT true,
  locked_out              boolean     NOT NULL DEFAULT false,
  web_service_access_only boolean     NOT NULL DEFAULT false, -- a service account: may call, cannot be whom a report is about
  password_hash           text,                               -- argon2id, as PHC string
  api_key_hash            bytea,                              -- SHA-256 of a random key
  sys_created_on          timestamptz NOT NULL DEFAULT now(),
  sys_created_by          text        NOT NULL DEFAULT 'system',
  sys_updated_on          timestamptz NOT NULL DEFAULT now(),
  sys_updated_by          text        NOT NULL DEFAULT 'system',
  sys_mod_count           integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "a user has a name" CHECK (btrim(user_name) <> '')
);
CREATE UNIQUE INDEX "one user per user_name" ON sys_user (lower(user_name));
CREATE UNIQUE INDEX "one user per API key" ON sys_user (api_key_hash) WHERE api_key_hash IS NOT NULL;
CREATE INDEX sys_user_by_email ON sys_user (lower(email)) WHERE email <> '';

CREATE TABLE sys_user_has_role (
  "user" text NOT NULL REFERENCES sys_user ON DELETE CASCADE,
  role   text NOT NULL,
  PRIMARY KEY ("user", role)
);

CREATE TABLE cmdb_ci_computer (
  sys_id         text        PRIMARY KEY,
  name           text        NOT NULL,
  os             text        NOT NULL DEFAULT '',
  assigned_to    text        REFERENCES sys_user,
  sys_created_on timestamptz NOT NULL DEFAULT now(),
  sys_created_by text        NOT NULL DEFAULT 'system',
  sys_updated_on timestamptz NOT NULL DEFAULT now(),
  sys_updated_by text        NOT NULL DEFAULT 'system',
  sys_mod_count  integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "a computer has a name" CHECK (btrim(name) <> '')
);
CREATE UNIQUE INDEX "one computer per name" ON cmdb_ci_computer (lower(name));

-- The tokens of the agents: one valid token a computer; enrolling again replaces it.
CREATE TABLE sn_agent_token (
  token_hash     bytea       PRIMARY KEY, -- SHA-256 of a random token
  ci             text        NOT NULL REFERENCES cmdb_ci_computer ON DELETE CASCADE,
  sys_created_on timestamptz NOT NULL DEFAULT now(),
  revoked_on     timestamptz,
  last_seen_on   timestamptz,
  agent_version  text        NOT NULL DEFAULT '',
  os             text        NOT NULL DEFAULT '',
  actions        text[]      NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX "one valid token per computer" ON sn_agent_token (ci) WHERE revoked_on IS NULL;

CREATE TABLE sys_properties (
  name           text        PRIMARY KEY,
  value          text        NOT NULL,
  sys_updated_on timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "a property is a whole number" CHECK (value ~ '^-?[0-9]{1,9}$')
);

-- +goose Down
DROP TABLE sys_properties, sn_agent_token, cmdb_ci_computer, sys_user_has_role, sys_user;
