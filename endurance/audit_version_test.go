package endurance

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// auditVersions looks whether each step goes by versions that were there when it began, and that nobody had replaced before it was reported.
func auditVersions(e evidence) (all []finding) {
	marked := e.marked()
	for _, i := range e.issues {
		for _, s := range i.steps {
			if s.Begun {
				all = append(all, e.auditPins(i, s, marked)...)
			}
		}
	}
	for _, sentence := range e.unlike {
		all = append(all, finding{oneCurrent, "", sentence})
	}
	return all
}

func (e evidence) auditPins(i *issue, s step, marked map[string]*version) (all []finding) {
	complain := func(format string, a ...any) {
		all = append(all, finding{goesByVersion, i.ID, fmt.Sprintf("step %d, %s: ", s.Number, s.Code) + fmt.Sprintf(format, a...)})
	}
	p := e.pins[stepKey{i.ID, s.Number}]
	reg, res := e.versions[p.Registry], e.versions[p.Resolution]
	if reg == nil || reg.Table != registry || reg.fields["issue_code"] != s.Code {
		complain("it goes by version %q of the registry, which is none of it", p.Registry)
		return all
	}
	if res == nil || res.Table != resolutions || res.Record != reg.fields["resolution"] {
		complain("it goes by version %q of a resolution, which is none of %s's", p.Resolution, reg.Name)
		return all
	}
	act, acts := e.versions[p.Action], res.fields["remedial_action"]
	if acts != "" && (act == nil || act.Table != actions || act.Record != acts) {
		complain("it goes by version %q of a remedial action, which is none of %s's", p.Action, res.Name)
	}
	for _, v := range []*version{reg, res, act} {
		if v != nil && v.Created.After(p.Begun) {
			complain("it goes by version %d of %s, which was made after it had begun", v.Number, v.Name)
		}
		if newer := e.replaced(v, i.reported(s.Number), marked); newer != nil {
			complain("it goes by version %d of %s, which version %d had replaced before it was reported", v.Number, v.Name, newer.Number)
		}
	}
	for of, v := range map[string]*version{"issue": reg, "resolution": res, "remedial action": act} {
		if said := i.says("begun", s.Number); v != nil && !strings.Contains(said, fmt.Sprintf("version %d of %s %s", v.Number, of, v.Name)) {
			complain("it goes by version %d of %s, and its timeline says: %s", v.Number, v.Name, said)
		}
	}
	mark := marks.FindString(res.fields["parameters"])
	for _, called := range e.revisions[stepKey{i.ID, s.Number}] {
		if called != mark {
			complain("it goes by version %d of %s, with %q, and has called with %q", res.Number, res.Name, mark, called)
		}
	}
	return all
}

// marks finds the mark of an edit.
var marks = regexp.MustCompile(`revision-\d+`)

// marked are the first versions that hold the mark of an edit, by table, name and mark.
func (e evidence) marked() map[string]*version {
	first := map[string]*version{}
	for _, v := range e.versions {
		for _, text := range v.fields {
			if mark := marks.FindString(text); mark != "" {
				key := v.Table + " " + v.Name + " " + mark
				if first[key] == nil || v.Number < first[key].Number {
					first[key] = v
				}
			}
		}
	}
	return first
}

// replaced gives a later version than v that was there for certain at a moment.
func (e evidence) replaced(v *version, by time.Time, marked map[string]*version) *version {
	if v == nil {
		return nil
	}
	for _, ed := range e.edits {
		newer := marked[v.Table+" "+v.Name+" "+ed.mark()]
		if ed.Said == accepted && ed.Answered.Before(by) && newer != nil && newer.Record == v.Record && newer.Number > v.Number {
			return newer
		}
	}
	return nil
}

// reported is when the report of a step was taken.
func (i *issue) reported(number int) time.Time {
	for _, ev := range i.timeline {
		if ev.Step == number && (ev.Name == "created" || ev.Name == "chained") {
			return ev.At
		}
	}
	return time.Time{}
}

// says is what the timeline says at an event of a step.
func (i *issue) says(name string, step int) string {
	for _, ev := range i.timeline {
		if ev.Name == name && ev.Step == step {
			return ev.Detail
		}
	}
	return ""
}

// auditTrail looks whether the trail of the catalogue tells what one version has otherwise than the one before, and the edits of owners.
func auditTrail(e evidence) (all []finding) {
	due := e.differences()
	times := map[string]int{} // by table and mark
	for _, t := range e.trail {
		if !slices.Contains(catalogueTables, t.Table) {
			continue
		}
		mark := marks.FindString(t.New)
		times[t.Table+" "+mark]++
		if by := e.editor(mark); mark != "" && t.Table != registry && by != t.User {
			all = append(all, finding{trailTells, "", fmt.Sprintf("%s of %s was changed by %q to %s, which is of %q", t.Field, t.Table, t.User, mark, by)})
		}
		t.User = ""
		due[t]--
	}
	for t, n := range due {
		switch {
		case n > 0:
			all = append(all, finding{trailTells, "", fmt.Sprintf("%d times it does not tell that %s of %s %s became %q after %q", n, t.Field, t.Table, t.Record, t.New, t.Old)})
		case n < 0:
			all = append(all, finding{trailTells, "", fmt.Sprintf("%d times too often it tells that %s of %s %s became %q after %q", -n, t.Field, t.Table, t.Record, t.New, t.Old)})
		}
	}
	for _, ed := range e.edits {
		n := times[ed.Table+" "+ed.mark()]
		if n > ed.Tries || n == 0 && ed.Said == accepted {
			all = append(all, finding{trailTells, "", fmt.Sprintf("%s of %s was sent %d times by %s, and is there %d times: the last answer was %s", ed.mark(), ed.Row, ed.Tries, ed.By, n, ed.Said)})
		}
	}
	return all
}

var catalogueTables = []string{templates, registry, resolutions, actions, "sn_pren_notification_content"}

// editor is who made the edit with a mark.
func (e evidence) editor(mark string) string {
	for _, ed := range e.edits {
		if ed.mark() == mark {
			return ed.By
		}
	}
	return ""
}

// differences are the entries that the trail is to have, by the versions: how often each.
func (e evidence) differences() map[entry]int {
	due := map[entry]int{}
	rows := map[string][]*version{}
	for _, v := range e.versions {
		rows[v.Table+" "+v.Record] = append(rows[v.Table+" "+v.Record], v)
	}
	for _, versions := range rows {
		slices.SortFunc(versions, func(a, b *version) int { return cmp.Compare(a.Number, b.Number) })
		before := map[string]string{}
		for n, v := range versions {
			for field, text := range v.fields {
				saysNothing := n == 0 && slices.Contains([]string{"false", "0", "[]", "{}"}, text)
				if text != before[field] && !saysNothing {
					due[entry{Table: v.Table, Record: v.Record, Field: field, Old: before[field], New: text}]++
				}
			}
			before = v.fields
		}
	}
	return due
}
