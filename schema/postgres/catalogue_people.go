package postgres

import (
	"proactive/schema"
)

const upsertUser = `
	INSERT INTO sys_user AS u
	       (sys_id, user_name, first_name, last_name, email, active, locked_out, preferred_language, time_zone, department,
	        location, web_service_access_only, sys_created_by, sys_updated_by)
	SELECT sys_id, user_name, first_name, last_name, email, active, locked_out, preferred_language, time_zone, department,
	       location, false, sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::sys_user, $1)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET user_name = excluded.user_name, first_name = excluded.first_name, last_name = excluded.last_name,
	       email = excluded.email, active = excluded.active, locked_out = excluded.locked_out,
	       preferred_language = excluded.preferred_language, time_zone = excluded.time_zone,
	       department = excluded.department, location = excluded.location,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = u.sys_mod_count + 1
	 WHERE (u.user_name, u.first_name, u.last_name, u.email, u.active, u.locked_out, u.preferred_language, u.time_zone,
	        u.department, u.location)
	       IS DISTINCT FROM
	       (excluded.user_name, excluded.first_name, excluded.last_name, excluded.email, excluded.active, excluded.locked_out,
	        excluded.preferred_language, excluded.time_zone, excluded.department, excluded.location)
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func userRow(u schema.User) catalogueRow {
	return catalogueRow{u.SysID, u.UserName, byColumn{"user_name": u.UserName, "first_name": u.FirstName, "last_name": u.LastName,
		"email": u.Email, "active": u.Active, "locked_out": u.LockedOut, "preferred_language": u.Language, "time_zone": u.TimeZone,
		"department": u.Department, "location": u.Location, "roles": list(u.Roles)}}
}

// A credential that is not given stays what it is.
const upsertServiceAccount = `
	INSERT INTO sys_user AS u
	       (sys_id, user_name, active, locked_out, web_service_access_only, password_hash, api_key_hash,
	        sys_created_by, sys_updated_by)
	SELECT sys_id, user_name, active, locked_out, true, NULLIF(password_hash, ''), api_key_hash, sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::sys_user, $1)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET user_name = excluded.user_name, active = excluded.active, locked_out = excluded.locked_out,
	       password_hash = COALESCE(excluded.password_hash, u.password_hash),
	       api_key_hash = COALESCE(excluded.api_key_hash, u.api_key_hash),
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = u.sys_mod_count + 1
	 WHERE (u.user_name, u.active, u.locked_out, u.password_hash, u.api_key_hash)
	       IS DISTINCT FROM
	       (excluded.user_name, excluded.active, excluded.locked_out, COALESCE(excluded.password_hash, u.password_hash),
	        COALESCE(excluded.api_key_hash, u.api_key_hash))
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func serviceAccountRow(a schema.ServiceAccount) catalogueRow {
	return catalogueRow{a.SysID, a.UserName, byColumn{"user_name": a.UserName, "active": a.Active, "locked_out": a.LockedOut,
		"password_hash": a.PasswordHash, "api_key_hash": byteaOrNull(a.APIKeyHash), "roles": list(a.Roles), "providers": list(a.Providers)}}
}

// Roles and providers are part of a row of sys_user, in tables of their own.
const (
	setRoles = `
	WITH given AS (
	  SELECT * FROM json_to_recordset($1) AS given (sys_id text, roles text[])),
	gone AS (
	  DELETE FROM sys_user_has_role h USING given WHERE h."user" = given.sys_id AND h.role <> ALL (given.roles) RETURNING h."user"),
	added AS (
	  INSERT INTO sys_user_has_role ("user", role) SELECT sys_id, unnest(roles) FROM given ON CONFLICT DO NOTHING RETURNING "user")
	SELECT "user" FROM gone UNION SELECT "user" FROM added`

	setAccountProviders = `
	WITH given AS (
	  SELECT * FROM json_to_recordset($1) AS given (sys_id text, providers text[])),
	wanted AS (
	  SELECT given.sys_id AS "user", p.sys_id AS provider FROM given JOIN sn_pren_provider p ON p.provider_code = ANY (given.providers)),
	gone AS (
	  DELETE FROM sn_pren_account_provider a USING given
	   WHERE a."user" = given.sys_id AND (a."user", a.provider) NOT IN (SELECT "user", provider FROM wanted) RETURNING a."user"),
	added AS (
	  INSERT INTO sn_pren_account_provider ("user", provider) SELECT "user", provider FROM wanted ON CONFLICT DO NOTHING RETURNING "user")
	SELECT "user" FROM gone UNION SELECT "user" FROM added`

	touchUsers = `
	UPDATE sys_user
	   SET sys_updated_on = now(), sys_updated_by = $2, sys_mod_count = sys_mod_count + 1
	 WHERE sys_id = ANY ($1)`
)

const upsertComputer = `
	INSERT INTO cmdb_ci_computer AS c (sys_id, name, os, assigned_to, sys_created_by, sys_updated_by)
	SELECT sys_id, name, os,
	       (SELECT u.sys_id FROM sys_user u WHERE lower(u.user_name) = lower(given.assigned_to) AND NOT u.web_service_access_only),
	       sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::cmdb_ci_computer, $1) AS given
	    ON CONFLICT (sys_id) DO UPDATE
	   SET name = excluded.name, os = excluded.os, assigned_to = excluded.assigned_to,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = c.sys_mod_count + 1
	 WHERE (c.name, c.os, c.assigned_to) IS DISTINCT FROM (excluded.name, excluded.os, excluded.assigned_to)
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func computerRow(ci schema.Computer) catalogueRow {
	return catalogueRow{ci.SysID, ci.Name, byColumn{"name": ci.Name, "os": ci.OS, "assigned_to": ci.AssignedTo}}
}
