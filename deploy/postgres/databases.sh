#!/bin/sh
# Run once by the postgres image, when its volume is new: a role and a database for proactive, a role and two databases for Temporal.
# Neither role is a superuser, and neither can connect to the other's.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set proactive="$PROACTIVE_DB_PASSWORD" --set temporal="$TEMPORAL_DB_PASSWORD" <<'SQL'
CREATE ROLE proactive LOGIN PASSWORD :'proactive';
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE DATABASE proactive OWNER proactive;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE proactive, temporal, temporal_visibility FROM PUBLIC;
SQL
