package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever writes with SQL may have a search_path of their own, and temporary tables, which Postgres looks for first.
func TestTriggersFindOurTablesWhateverTheSessionLooksIn(t *testing.T) {
	w := newIssueWorld(t)
	for name, begin := range map[string][]string{
		"another schema":    {`CREATE SCHEMA reports`, `SET LOCAL search_path = reports`},
		"a temporary table": {`CREATE TEMP TABLE sys_audit (LIKE public.sys_audit INCLUDING ALL) ON COMMIT DROP`},
		"the usual":         nil,
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			tx := w.holds(append(begin, `UPDATE public.sn_pren_resolution SET url = 'https://example.com' WHERE sys_id = md5('r flow')`)...)
			var noted, kept int
			require.NoError(t, tx.Get(&noted, `SELECT count(*) FROM public.sys_audit WHERE fieldname = 'url' AND newvalue = 'https://example.com'`))
			require.NoError(t, tx.Get(&kept, `SELECT count(*) FROM public.sn_pren_version WHERE state = 'current' AND payload ->> 'url' = 'https://example.com'`))
			require.Equal(t, []int{1, 1}, []int{noted, kept})
			require.NoError(t, tx.Rollback())
		})
	}
	w.t = t
	require.Zero(t, value[int](w, `
		SELECT count(*) FROM pg_proc
		 WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype AND NOT 'search_path=public, pg_temp' = ANY (coalesce(proconfig, '{}'))`),
		"a trigger's function has no search_path: see 00020_search_path.sql")
}
