package endurance

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// goByVersions lets every step that has begun go by first versions, one of which an owner has made, and the trail tell of them.
func (e *evidence) goByVersions() {
	e.versions, e.pins, e.trail = map[string]*version{}, map[stepKey]pins{}, nil
	e.edits = []edit{{N: 1, By: "filer", Table: resolutions, Row: "help", Tries: 1, Said: accepted, Answered: at(-9)}}
	first := func(table, name string, fields map[string]string) string {
		id := table + " " + name
		e.versions[id] = &version{ID: id, Table: table, Record: "of " + name, Name: name, Number: 1, Created: at(-10), fields: fields}
		return id
	}
	for _, i := range e.issues {
		for _, s := range i.steps {
			if !s.Begun {
				continue
			}
			p := pins{Begun: at(1)}
			p.Action = first(actions, "act", nil)
			p.Resolution = first(resolutions, "help", map[string]string{"remedial_action": "of act", "parameters": "/ok?is=revision-1"})
			p.Registry = first(registry, "sn/"+s.Code, map[string]string{"issue_code": s.Code, "resolution": "of help"})
			e.pins[stepKey{i.ID, s.Number}] = p
		}
		for n := range i.timeline {
			i.timeline[n].Detail = fmt.Sprintf("version 1 of issue sn/%s, version 1 of resolution help, version 1 of remedial action act", i.codeOf(i.timeline[n].Step))
		}
	}
	e.trailTellsOfVersions()
}

// trailTellsOfVersions makes the trail one of who makes odd edits.
func (e *evidence) trailTellsOfVersions() {
	e.trail = nil
	for t, n := range e.differences() {
		t.User = "filer"
		for range n {
			e.trail = append(e.trail, t)
		}
	}
}

// clerkStory is one incident to which two remarks were added, and one was perhaps.
func clerkStory(e *evidence) {
	e.tickets = map[string]ticket{"d1": {ModCount: 3, CloseNotes: "note-1-1.", WorkNotes: "clerk: note-1-2."}}
	e.remarks = []remark{{"note-1-1.", "d1", closeNotes, accepted}, {"note-1-2.", "d1", workNotes, accepted}, {"note-2-1.", "d1", closeNotes, unclear},
		{"note-2-2.", "d1", closeNotes, overtaken}}
	e.trail = append(e.trail, entry{incidents, "d1", closeNotes, "", "note-1-1.", "clerk"}, entry{incidents, "d1", workNotes, "", "clerk: note-1-2.", "clerk"},
		entry{incidents, "d1", "foreign_sys_id", "", "f1", "engine"})
}

// Whatever is changed for the worse in what owners and clerks have done, the auditor finds it.
func TestTheAuditorFindsWhatIsWrongWithChanges(t *testing.T) {
	newer := func(e *evidence) {
		second := *e.versions[resolutions+" help"]
		second.ID, second.Number = "second", 2
		second.fields = map[string]string{"remedial_action": "of act", "parameters": "/ok?is=revision-3"}
		e.versions["second"] = &second
		e.edits = append(e.edits, edit{N: 3, By: "filer", Table: resolutions, Row: "help", Tries: 1, Said: accepted, Answered: at(-5)})
		e.trailTellsOfVersions()
		clerkStory(e)
	}
	for name, c := range map[string]struct {
		worse func(e *evidence)
		rule  rule
		says  string
	}{
		"a step without a version": {func(e *evidence) { e.pins = nil }, goesByVersion, `version "" of the registry`},
		"a step by the version of another resolution": {func(e *evidence) {
			e.versions[registry+" sn/end-once"].fields["resolution"] = "of other"
			e.trailTellsOfVersions()
			clerkStory(e)
		},
			goesByVersion, "none of sn/end-once's"},
		"a step by the version of another action": {func(e *evidence) { e.versions[actions+" act"].Record = "of other" }, goesByVersion, "none of help's"},
		"a step by a later version":               {func(e *evidence) { e.versions[actions+" act"].Created = at(100) }, goesByVersion, "was made after it had begun"},
		"a step by a version that was replaced":   {newer, goesByVersion, "which version 2 had replaced"},
		"a step that was done otherwise": {func(e *evidence) { e.revisions = map[stepKey][]string{{"errand-1", 1}: {"revision-2"}} },
			goesByVersion, `has called with "revision-2"`},
		"a step that says otherwise": {func(e *evidence) {
			e.issues["1"].timeline[1].Detail = "version 1 of issue sn/end-once, version 1 of resolution help"
		},
			goesByVersion, "its timeline says"},
		"a row that is not as its version": {func(e *evidence) { e.unlike = []string{"it is not"} }, oneCurrent, "it is not"},
		"an edit that nothing tells of": {func(e *evidence) {
			e.edits[0].N, e.edits[0].By = 5, "nobody"
			e.edits = append(e.edits, edit{N: 1, By: "filer", Tries: 1, Table: resolutions})
		},
			trailTells, "revision-5 of help was sent 1 times by nobody, and is there 0 times"},
		"an edit that was made too often": {func(e *evidence) { e.edits[0].Tries = 0 }, trailTells, "was sent 0 times"},
		"an edit of somebody else":        {func(e *evidence) { e.edits[0].By = "clicker" }, trailTells, `which is of "clicker"`},
		"a version that nothing tells of": {func(e *evidence) {
			e.versions[actions+" act"].fields = map[string]string{"target": "x"}
		}, trailTells, "1 times it does not tell"},
		"an entry without a version": {func(e *evidence) { e.trail = append(e.trail, entry{Table: actions, Field: "target"}) }, trailTells, "1 times too often"},
		"a remark that is lost": {func(e *evidence) {
			e.remarks = append(e.remarks, remark{"note-3-1.", "d1", closeNotes, accepted})
		}, noLostUpdate, "is there 0 times"},
		"a remark that was refused, and is there": {func(e *evidence) { e.remarks[0].Said = overtaken }, noLostUpdate, "is there 1 times"},
		"a change that is not counted":            {func(e *evidence) { e.tickets["d1"] = ticket{2, "note-1-1.", "note-1-2."} }, noLostUpdate, "was changed 3 times, and counts 2"},
		"a remark that nothing tells of": {func(e *evidence) {
			e.trail[len(e.trail)-3].New = ""
		}, trailTells, "is there 1 times, and told of 0 times"},
		"a remark of nobody": {func(e *evidence) {
			e.trail = append(e.trail, entry{incidents, "d1", workNotes, "", "note-9-9.", "clerk"})
		},
			trailTells, "nobody has written"},
		"a remark of somebody else": {func(e *evidence) { e.trail[len(e.trail)-2].User = "eve" }, trailTells, `was written by "eve"`},
	} {
		t.Run(name, func(t *testing.T) {
			e, ended, _, _ := goodStory()
			e.issues = map[string]*issue{"1": ended}
			e.goByVersions()
			clerkStory(&e)
			audited := func() (all []finding) {
				for _, look := range []func(evidence) []finding{auditVersions, auditTrail, auditTickets} {
					all = append(all, look(e)...)
				}
				return all
			}
			require.Empty(t, audited())
			c.worse(&e)
			found := audited()
			require.Len(t, found, 1, "%v", found)
			require.Equal(t, c.rule, found[0].Rule)
			require.Contains(t, found[0].What, c.says)
		})
	}
}
