package endurance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sabotagedBuild is a program in which one promise is broken on purpose, and what the auditor has to say about it.
type sabotagedBuild struct {
	file    string   // from the repository's root
	changes []change // in that file
	breaks  rule
	says    string // is part of a finding
}

// change is a text that is there once, and what stands there instead.
type change struct{ from, to string }

var sabotagedBuilds = map[string]sabotagedBuild{
	"the relay deletes before it delivers": {
		file: "worker/relay.go",
		changes: []change{
			{"func (r *relay) deliver(ctx context.Context, d schema.Delivery) delivered {\n",
				"func (r *relay) deliver(ctx context.Context, d schema.Delivery) delivered {\n\tr.store.Delivered(ctx, r.nsID, []schema.Delivery{d})\n"},
			{"callTimeout  = 10 * time.Second ", "callTimeout  = time.Second "}, // most outages are shorter than ten seconds
		},
		breaks: allEnd, says: lostForGood,
	},
	"Begin decides twice": {
		file: "schema/postgres/begin.go",
		changes: []change{
			{"\tcase b.now.Plan != nil:\n\t\tb.done = true\n\t\treturn json.Unmarshal(b.now.Plan, &b.decision.Plan)\n\tcase b.now.State != schema.Open || b.now.At != step:\n",
				"\tcase b.now.State != schema.Open && b.now.Plan == nil || b.now.At != step:\n"},
			{"WHERE sys_id = $5 AND step = $6 AND state = $18\n", "WHERE sys_id = $5 AND step = $6 AND state IN ($18, 'in_progress')\n"},
		},
		breaks: wholeSteps, says: "has begun 2 times",
	},
	"a job is not withdrawn": {
		file: "schema/postgres/job_withdraw.go",
		changes: []change{{"WHERE issue = $1 AND state IN ('offered', 'leased', 'begun')\n",
			"WHERE issue = $1 AND state IN ('offered', 'leased', 'begun') AND false\n"}},
		breaks: jobsEnd, says: "after its step",
	},
	"a report is answered before it is committed": {
		file: "api/create.go",
		changes: []change{{"\tid, err := d.store.Submit(c.Request.Context(), report)\n",
			"\tid, err := d.store.Submit(c.Request.Context(), report)\n" +
				"\tif _, refused := err.(*schema.Refused); err != nil && !refused && report.ExperienceID != \"\" {\n" +
				"\t\tid, err = report.ExperienceID, nil\n\t}\n"}},
		breaks: oneIssueEach, says: "1 were taken, and there are 0",
	},
	"an outcome is said to be delivered before it is sent": {
		file: "worker/dispatch.go",
		changes: []change{{"\ta, err := d.messenger.Deliver(sending, claimed)\n",
			"\tif claimed.Incident == \"\" {\n" +
				"\t\td.store.SettleDispatch(ctx, claimed, schema.DispatchAttempt{Delivered: true, Began: time.Now()}, 0)\n\t}\n" +
				"\ta, err := d.messenger.Deliver(sending, claimed)\n"}},
		breaks: hearsAll, says: "webhook: ",
	},
	"an incident is written without a look for it": {
		file:    "activities/service_now.go",
		changes: []change{{"\tif !a.Delivered {\n\t\treturn a, nil\n\t}\n", "\tif true {\n\t\ta.Delivered = true\n\t\treturn a, nil\n\t}\n"}},
		breaks:  handedOverOnce, says: "is there 2 times",
	},
	"a step that began goes by what stands now": {
		file: "schema/postgres/running_action.go",
		changes: []change{{`s.ci, i."user", s.parameters, s.input_parameters`,
			`s.ci, i."user", (SELECT parameters FROM sn_pren_resolution WHERE sys_id = s.resolution) AS parameters, s.input_parameters`}},
		breaks: goesByVersion, says: "has called with",
	},
	"whoever comes last wins": {
		file:    "schema/postgres/record.go",
		changes: []change{{"count != *r.c.ModCount {", "count != *r.c.ModCount && false {"}},
		breaks:  noLostUpdate, says: "is there 0 times",
	},
}

// givesUpOnBroken is how long a broken build may settle: what it has lost does not come back.
const givesUpOnBroken = 45 * time.Second

// A build that breaks a promise is caught, and the whole one under the same seed is not.
func TestABrokenBuildIsCaught(t *testing.T) {
	if !*broken {
		t.Skip("it takes its time: go test ./endurance -endurance 1m -broken -timeout 60m")
	}
	asked(t, 1+len(sabotagedBuilds))
	t.Run("the whole one is not", func(t *testing.T) {
		require.Empty(t, newRun(t, buildProactive(t, ""), *seed).findings(sabotageOften(*seed, *endurance), settlesWithin))
	})
	for name, b := range sabotagedBuilds {
		t.Run(name, func(t *testing.T) {
			run := newRun(t, buildProactive(t, b.overlay(t)), *seed)
			found := run.findings(sabotageOften(*seed, *endurance), givesUpOnBroken)
			require.True(t, slices.ContainsFunc(found, b.caught), "%d findings, and none of them is %q: %q", len(found), b.breaks, b.says)
		})
	}
}

func (b sabotagedBuild) caught(f finding) bool {
	return f.Rule == b.breaks && strings.Contains(f.What, b.says)
}

// What a broken build changes is still there to be changed.
func TestBrokenBuildsChangeWhatIsThere(t *testing.T) {
	for name, b := range sabotagedBuilds {
		t.Run(name, func(t *testing.T) { b.overlay(t) })
	}
}

// overlay writes the changed file, and the file that go build is to be told of it by.
func (b sabotagedBuild) overlay(t *testing.T) string {
	t.Helper()
	source, err := filepath.Abs(filepath.Join("..", b.file))
	require.NoError(t, err)
	text, err := os.ReadFile(source)
	require.NoError(t, err)
	changed := string(text)
	for _, c := range b.changes {
		require.Equal(t, 1, strings.Count(changed, c.from), "%s has changed; the build that breaks it has to follow: %s", b.file, c.from)
		changed = strings.Replace(changed, c.from, c.to, 1)
	}
	dir := t.TempDir()
	instead, overlay := filepath.Join(dir, filepath.Base(b.file)), filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(instead, []byte(changed), 0o600))
	list, err := json.Marshal(map[string]map[string]string{"Replace": {source: instead}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, list, 0o600))
	return overlay
}
