package stack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const logOfPostgres = `2026-01-01 08:00:00.000 UTC [7] LOG:  duration: 0.050 ms  plan:
	Query Text: SELECT sys_id
	  FROM sys_user
	 WHERE lower(user_name) = $1
	Seq Scan on sys_user  (cost=0.00..1.00 rows=1 width=33)
	  Filter: (lower(user_name) = 'x'::text)
2026-01-01 08:00:00.001 UTC [7] ERROR:  something else
	that has a second line
2026-01-01 08:00:00.002 UTC [7] LOG:  duration: 0.010 ms  plan:
	Query Text: SELECT 1
	Result  (cost=0.00..0.01 rows=1 width=4)
`

func TestPlansAreReadFromTheLogHoweverItArrives(t *testing.T) {
	want := map[string]string{
		"SELECT sys_id\n  FROM sys_user\n WHERE lower(user_name) = $1": "Seq Scan on sys_user  (cost=0.00..1.00 rows=1 width=33)\n  Filter: (lower(user_name) = 'x'::text)\n",
		"SELECT 1": "Result  (cost=0.00..0.01 rows=1 width=4)\n",
	}
	for _, size := range []int{1, 7, len(logOfPostgres)} {
		p := &Plans{}
		for rest := logOfPostgres; rest != ""; {
			n := min(size, len(rest))
			_, err := p.Write([]byte(rest[:n]))
			require.NoError(t, err)
			rest = rest[n:]
		}
		require.Equal(t, want, p.Take(), "%d bytes at once", size)
		require.Empty(t, p.Take(), "taken twice")
	}
}
