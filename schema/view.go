package schema

import "time"

// View is what a person is told and shown about an issue: everything that a message or a page needs. It holds personal data and
// never goes through Temporal.
type View struct {
	Organisation string
	Contact      string // how to reach the service desk; "" is not said
	Language     string // of the person's record; "" is the organisation's
	TimeZone     string // IANA name; "" is UTC
	Person       string // how to address them; ""
	FullName     string // with their user name, by which the service desk finds them
	Device       string // the computer's name; "" when it is not known

	ExperienceID string
	Provider     string // its name
	IssueCode    string
	Found        string // short description
	Prompt       string // of the notification content, in the person's language
	ConsentText  string
	Instructions []string // of the resolution, in the person's language
	URL          string

	State        State // of the issue
	EndReason    EndReason
	Step         int
	Events       int    // number of the newest event of the timeline
	Incident     string // number; ""
	Interaction  string // number of the live agent's record; ""
	Conversation Conversation
	Rating       int
	Progress     []Event // of this step, oldest first
}

// Local is t where the person is.
func (v View) Local(t time.Time) time.Time { return t.In(Zone(v.TimeZone)) }

// Zone is the time zone of a name, UTC for one that is unknown here.
func Zone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}
