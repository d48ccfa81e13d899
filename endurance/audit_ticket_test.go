package endurance

import (
	"fmt"
	"strings"
)

// auditTickets looks whether the incidents that clerks wrote to hold each remark as often as its writer was told, and tell each in the trail.
func auditTickets(e evidence) (all []finding) {
	changes, told := map[string]int{}, map[string]int{} // by incident; by incident and remark
	for _, t := range e.trail {
		if t.Table != incidents {
			continue
		}
		if t.Field == "foreign_sys_id" {
			changes[t.Record]++ // the engine's own
		}
		for _, text := range remarked(t) {
			told[t.Record+" "+t.Field+" "+text]++
			if t.User != "clerk" {
				all = append(all, finding{trailTells, "", fmt.Sprintf("%s was written by %q", text, t.User)})
			}
		}
	}
	for _, r := range e.remarks {
		there := e.tickets[r.Incident].of(r.Field, r.Text)
		changes[r.Incident] += there
		switch {
		case there > 1, there == 1 && r.Said != accepted && r.Said != unclear, there == 0 && r.Said == accepted:
			all = append(all, finding{noLostUpdate, "", fmt.Sprintf("%s of %s was answered %q, and is there %d times", r.Text, r.Field, r.Said, there)})
		}
		key := r.Incident + " " + r.Field + " " + r.Text
		if told[key] != there {
			all = append(all, finding{trailTells, "", fmt.Sprintf("%s of %s is there %d times, and told of %d times", r.Text, r.Field, there, told[key])})
		}
		delete(told, key)
	}
	for what := range told {
		all = append(all, finding{trailTells, "", "nobody has written what it tells of: " + what})
	}
	for id, n := range changes {
		if count := e.tickets[id].ModCount; count != n {
			all = append(all, finding{noLostUpdate, "", fmt.Sprintf("incident %s was changed %d times, and counts %d", id, n, count)})
		}
	}
	return all
}

// remarked are the remarks that an entry of the trail has added.
func remarked(t entry) (added []string) {
	for _, text := range remarks.FindAllString(t.New, -1) {
		if !strings.Contains(t.Old, text) {
			added = append(added, text)
		}
	}
	return added
}

// of is how often a remark is in a field.
func (t ticket) of(field, text string) int {
	return strings.Count(map[string]string{closeNotes: t.CloseNotes, workNotes: t.WorkNotes}[field], text)
}
