package postgres

import (
	"proactive/schema"
)

const upsertUser = `
	INSERT INTO sys_user AS u
	       (sys_id, user_name, first_name, last_name, email, active, locked_out, preferred_language, time_zone, department,
	        location, web_service_access_only, sys_created_by, sys_updated_by)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, false, $12, $12)
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
	RETURNING sys_mod_count = 0`

// user writes the person and then their roles, which are part of them: a change in them counts once.
func (w *catalogueWriter) user(u schema.User) (string, schema.ChangeKind, error) {
	what, err := w.upsert(upsertUser, u.SysID, u.UserName, u.FirstName, u.LastName, u.Email, u.Active, u.LockedOut, u.Language,
		u.TimeZone, u.Department, u.Location, w.by)
	if err != nil {
		return u.UserName, what, err
	}
	var rolesChanged bool
	if err := w.t.get(w.ctx, &rolesChanged, setRoles, u.SysID, textArray(u.Roles)); err != nil {
		return u.UserName, what, err
	}
	what, err = w.partsChanged(u.SysID, what, rolesChanged)
	return u.UserName, what, err
}

// partsChanged marks a row of sys_user that is itself as it was, and of which a part in another table is not.
func (w *catalogueWriter) partsChanged(user string, what schema.ChangeKind, changed bool) (schema.ChangeKind, error) {
	if what != schema.RowUnchanged || !changed {
		return what, nil
	}
	_, err := w.t.exec(w.ctx, touchUser, user, w.by)
	return schema.RowUpdated, err
}

// A credential that is not given stays what it is.
const upsertServiceAccount = `
	INSERT INTO sys_user AS u
	       (sys_id, user_name, active, locked_out, web_service_access_only, password_hash, api_key_hash,
	        sys_created_by, sys_updated_by)
	VALUES ($1, $2, $3, $4, true, NULLIF($5, ''), $6, $7, $7)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET user_name = excluded.user_name, active = excluded.active, locked_out = excluded.locked_out,
	       password_hash = COALESCE(excluded.password_hash, u.password_hash),
	       api_key_hash = COALESCE(excluded.api_key_hash, u.api_key_hash),
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = u.sys_mod_count + 1
	 WHERE (u.user_name, u.active, u.locked_out, u.password_hash, u.api_key_hash)
	       IS DISTINCT FROM
	       (excluded.user_name, excluded.active, excluded.locked_out, COALESCE(excluded.password_hash, u.password_hash),
	        COALESCE(excluded.api_key_hash, u.api_key_hash))
	RETURNING sys_mod_count = 0`

// serviceAccount writes the account and then its roles and providers, which are part of it: a change in them counts once.
func (w *catalogueWriter) serviceAccount(a schema.ServiceAccount) (string, schema.ChangeKind, error) {
	what, err := w.upsert(upsertServiceAccount, a.SysID, a.UserName, a.Active, a.LockedOut, a.PasswordHash, bytesOrNull(a.APIKeyHash), w.by)
	if err != nil {
		return a.UserName, what, err
	}
	roles := make([]string, len(a.Roles))
	for i, role := range a.Roles {
		roles[i] = string(role)
	}
	var rolesChanged, providersChanged bool
	if err := w.t.get(w.ctx, &rolesChanged, setRoles, a.SysID, textArray(roles)); err != nil {
		return a.UserName, what, err
	}
	if err := w.t.get(w.ctx, &providersChanged, setAccountProviders, a.SysID, textArray(a.Providers)); err != nil {
		return a.UserName, what, err
	}
	what, err = w.partsChanged(a.SysID, what, rolesChanged || providersChanged)
	return a.UserName, what, err
}

const setRoles = `
	WITH gone AS (
	  DELETE FROM sys_user_has_role WHERE "user" = $1 AND role <> ALL ($2::text[]) RETURNING role),
	added AS (
	  INSERT INTO sys_user_has_role ("user", role) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING RETURNING role)
	SELECT EXISTS (SELECT FROM gone) OR EXISTS (SELECT FROM added)`

const setAccountProviders = `
	WITH wanted AS (
	  SELECT sys_id FROM sn_pren_provider WHERE provider_code = ANY ($2::text[])),
	gone AS (
	  DELETE FROM sn_pren_account_provider WHERE "user" = $1 AND provider NOT IN (SELECT sys_id FROM wanted) RETURNING provider),
	added AS (
	  INSERT INTO sn_pren_account_provider ("user", provider) SELECT $1, sys_id FROM wanted ON CONFLICT DO NOTHING RETURNING provider)
	SELECT EXISTS (SELECT FROM gone) OR EXISTS (SELECT FROM added)`

const touchUser = `
	UPDATE sys_user
	   SET sys_updated_on = now(), sys_updated_by = $2, sys_mod_count = sys_mod_count + 1
	 WHERE sys_id = $1`

const upsertComputer = `
	INSERT INTO cmdb_ci_computer AS c (sys_id, name, os, assigned_to, sys_created_by, sys_updated_by)
	VALUES ($1, $2, $3, (SELECT sys_id FROM sys_user WHERE lower(user_name) = lower($4) AND NOT web_service_access_only), $5, $5)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET name = excluded.name, os = excluded.os, assigned_to = excluded.assigned_to,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = c.sys_mod_count + 1
	 WHERE (c.name, c.os, c.assigned_to) IS DISTINCT FROM (excluded.name, excluded.os, excluded.assigned_to)
	RETURNING sys_mod_count = 0`

func (w *catalogueWriter) computer(ci schema.Computer) (string, schema.ChangeKind, error) {
	what, err := w.upsert(upsertComputer, ci.SysID, ci.Name, ci.OS, ci.AssignedTo, w.by)
	return ci.Name, what, err
}
