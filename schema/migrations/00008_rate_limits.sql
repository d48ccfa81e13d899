-- +goose Up

-- How many requests an hour an account may make; one that no active rule is about may make any number.
CREATE TABLE sys_rate_limit_rules (
  sys_id         text        PRIMARY KEY,
  name           text        NOT NULL CONSTRAINT "one rate limit rule per name" UNIQUE,
  type           text        NOT NULL,
  role           text        NOT NULL DEFAULT '',
  "user"         text        REFERENCES sys_user ON DELETE CASCADE,
  rate_limit     integer     NOT NULL, -- requests per hour
  active         boolean     NOT NULL DEFAULT true,
  sys_created_on timestamptz NOT NULL DEFAULT now(),
  sys_created_by text        NOT NULL DEFAULT 'system',
  sys_updated_on timestamptz NOT NULL DEFAULT now(),
  sys_updated_by text        NOT NULL DEFAULT 'system',
  sys_mod_count  integer     NOT NULL DEFAULT 0,
  CONSTRAINT "sys_id is 32 hex digits" CHECK (sys_id ~ '^[0-9a-f]{32}$'),
  CONSTRAINT "type is one of three" CHECK (type IN ('all_users', 'users_with_role', 'user')),
  CONSTRAINT "a rule names whom its type is about" CHECK ((type = 'users_with_role') = (role <> '') AND (type = 'user') = ("user" IS NOT NULL)),
  CONSTRAINT "a rule lets somebody in" CHECK (rate_limit > 0)
);
CREATE INDEX sys_rate_limit_rules_of_user ON sys_rate_limit_rules ("user") WHERE "user" IS NOT NULL;

-- How many requests of an account a rule has counted in an hour, over all processes.
CREATE TABLE sys_rate_limit_count (
  hour   timestamptz NOT NULL, -- its begin
  rule   text        NOT NULL REFERENCES sys_rate_limit_rules ON DELETE CASCADE,
  "user" text        NOT NULL REFERENCES sys_user ON DELETE CASCADE,
  count  bigint      NOT NULL,
  PRIMARY KEY (hour, rule, "user")
);
CREATE INDEX sys_rate_limit_count_of_rule ON sys_rate_limit_count (rule);
CREATE INDEX sys_rate_limit_count_of_user ON sys_rate_limit_count ("user");

-- +goose Down
DROP TABLE sys_rate_limit_count, sys_rate_limit_rules;
