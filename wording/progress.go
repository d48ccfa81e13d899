package wording

import (
	"time"

	"proactive/schema"
)

// moment is something that has happened, in human words.
type moment struct {
	At    string // machine-readable
	Clock string
	Text  string
}

// progress is what has happened in this step, as far as it says something to the person. Two of the same in a row are told once.
func (o voice) progress(s stage) (all []moment) {
	switch s {
	case stage(schema.ConversationReady), stage(schema.ConversationRunning), stageWorking, stageClosing:
	default:
		return nil
	}
	last := ""
	for _, e := range o.v.Progress {
		text := o.Progress[e.Event]
		if text == "" || text == last {
			continue
		}
		last = text
		all = append(all, moment{e.At.UTC().Format(time.RFC3339), o.v.Local(e.At).Format(o.Clock), text})
	}
	return all
}
