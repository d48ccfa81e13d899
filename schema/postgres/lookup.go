package postgres

import (
	"cmp"

	"proactive/schema"
)

// lookUp tells of everything that the report names how it stands, also of what does not count.
func (s *simulating) lookUp() error {
	e := s.Endpoint
	device := cmp.Or(s.step.CI, e.CI)
	var people, catalogue []schema.Lookup
	if err := s.t.selectAll(s.ctx, &catalogue, lookedUpInCatalogue, s.Provider, s.IssueCode); err != nil {
		return err
	}
	if err := s.t.selectAll(s.ctx, &people, lookedUpPeople, e.UserID, e.UserName, e.Email, e.CI, device); err != nil {
		return err
	}
	s.found.Lookups = append(catalogue, people...)
	return nil
}

// lookedUpInCatalogue is the provider $1, its issue $2, that one's resolution and its remedial action, each where the one before is there.
// They count as in known and in sn_pren_proper_resolution.
const lookedUpInCatalogue = `
	SELECT "table", by, value, coalesce(looked_up.sys_id, '') AS sys_id, coalesce(looked_up.name, '') AS name,
	       CASE WHEN looked_up.sys_id IS NULL THEN coalesce(otherwise, 'not_found') ELSE standing END AS standing
	  FROM (SELECT $1::text AS provider, $2::text AS issue_code) report
	  LEFT JOIN sn_pren_provider p                 ON p.provider_code = report.provider
	  LEFT JOIN sn_pren_issue_registry_template t  ON t.provider = p.sys_id AND t.issue_code = report.issue_code
	  LEFT JOIN sn_pren_issue_registry g           ON g.provider = p.sys_id AND g.issue_code = report.issue_code
	  LEFT JOIN sn_pren_resolution r               ON r.sys_id = g.resolution
	  LEFT JOIN sn_pren_proper_resolution proper   ON proper.sys_id = r.sys_id
	  LEFT JOIN sn_reacf_remedial_action a         ON a.sys_id = r.remedial_action
	 CROSS JOIN LATERAL (VALUES
	   (1, true, 'sn_pren_provider', 'provider', report.provider, p.sys_id, coalesce(nullif(p.name, ''), p.provider_code), NULL,
	    CASE WHEN p.active THEN 'counts' ELSE 'inactive' END),
	   (2, p.sys_id IS NOT NULL, 'sn_pren_issue_registry', 'issue_code', report.issue_code, g.sys_id, g.short_description,
	    CASE WHEN t.sys_id IS NOT NULL THEN 'not_deployed' END,
	    CASE WHEN g.active THEN 'counts' ELSE 'inactive' END),
	   (3, g.sys_id IS NOT NULL, 'sn_pren_resolution', 'resolution', coalesce(r.name, ''), r.sys_id, r.name, 'not_named',
	    CASE WHEN NOT r.active THEN 'inactive' WHEN r.type <> 'remedial_action' AND proper.sys_id IS NULL THEN 'incomplete' ELSE 'counts' END),
	   (4, r.type = 'remedial_action', 'sn_reacf_remedial_action', 'remedial_action', coalesce(a.name, ''), a.sys_id, a.name, 'not_named',
	    CASE WHEN NOT a.active THEN 'inactive' WHEN btrim(a.target) = '' THEN 'incomplete' ELSE 'counts' END)
	 ) AS looked_up (n, named, "table", by, value, sys_id, name, otherwise, standing)
	 WHERE named
	 ORDER BY n`

// lookedUpPeople are the people that $1 user_id, $2 user_name and $3 email name, or without them the one that computer $4 is assigned to, and
// the device $5 with its agent. They count as in foundByName. One address may be that of many: a few are told, those that count first.
const lookedUpPeople = `
	SELECT 'sys_user' AS "table", given.by, given.value, coalesce(u.sys_id, '') AS sys_id, coalesce(u.user_name, '') AS name, ` + personStanding + ` AS standing
	  FROM (VALUES ('user_id', $1::text), ('user_name', $2::text), ('email', $3::text)) AS given (by, value)
	  LEFT JOIN LATERAL (
	    SELECT * FROM (
	      SELECT sys_id FROM sys_user WHERE given.by = 'user_id' AND sys_id = given.value
	       UNION ALL
	      SELECT sys_id FROM sys_user WHERE given.by = 'user_name' AND lower(user_name) = lower(given.value)
	       UNION ALL
	      SELECT sys_id FROM sys_user WHERE given.by = 'email' AND lower(email) = lower(given.value) AND email <> '') named
	      JOIN sys_user USING (sys_id)
	     ORDER BY active AND NOT locked_out AND NOT web_service_access_only DESC, user_name
	     LIMIT 5) u ON true
	 WHERE given.value <> ''
	 UNION ALL
	SELECT 'cmdb_ci_computer', 'CI', $5::text, coalesce(c.sys_id, ''), coalesce(c.name, ''),
	       CASE WHEN c.sys_id IS NULL THEN 'not_found' WHEN c.assigned_to IS NULL AND alone THEN 'unassigned' ELSE 'counts' END
	  FROM (SELECT $1 = '' AND $2 = '' AND $3 = '' AND $4::text <> '' AS alone) device
	  LEFT JOIN cmdb_ci_computer c ON c.sys_id = $5
	 WHERE $5 <> ''
	 UNION ALL
	SELECT 'sn_agent_token', 'CI', c.sys_id, '', c.name,
	       CASE WHEN EXISTS (SELECT FROM sn_agent_token k WHERE k.ci = c.sys_id AND k.revoked_on IS NULL) THEN 'counts'
	            WHEN EXISTS (SELECT FROM sn_agent_token k WHERE k.ci = c.sys_id)                          THEN 'revoked'
	            ELSE 'not_found'
	       END
	  FROM cmdb_ci_computer c
	 WHERE c.sys_id = $5
	 UNION ALL
	SELECT 'sys_user', 'assigned_to', u.user_name, u.sys_id, u.user_name, ` + personStanding + `
	  FROM cmdb_ci_computer c
	  JOIN sys_user u ON u.sys_id = c.assigned_to
	 WHERE $1 = '' AND $2 = '' AND $3 = '' AND c.sys_id = $4`

// personStanding is of a person u, or of none.
const personStanding = `
	       CASE WHEN u.sys_id IS NULL          THEN 'not_found'
	            WHEN NOT u.active              THEN 'inactive'
	            WHEN u.locked_out              THEN 'locked_out'
	            WHEN u.web_service_access_only THEN 'web_service_access_only'
	            ELSE 'counts'
	       END`
