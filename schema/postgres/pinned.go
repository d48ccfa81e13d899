package postgres

// registryOfStep is the registry row r that governs a step s: as it was when the step began, and before that, and in steps that an
// engine without versions began, as it is. A version that is still current says what the row says, and is not read.
const registryOfStep = `
	  JOIN sn_pren_issue_registry registry_now ON registry_now.sys_id = s.registry
	  LEFT JOIN sn_pren_version registry_then  ON registry_then.sys_id = s.registry_version AND registry_then.state = 'previous'
	 CROSS JOIN LATERAL json_populate_record(registry_now, registry_then.payload) r`

// resolutionOfStep is the same of the step's resolution, as res.
const resolutionOfStep = `
	  JOIN sn_pren_resolution resolution_now    ON resolution_now.sys_id = s.resolution
	  LEFT JOIN sn_pren_version resolution_then ON resolution_then.sys_id = s.resolution_version AND resolution_then.state = 'previous'
	 CROSS JOIN LATERAL json_populate_record(resolution_now, resolution_then.payload) res`
