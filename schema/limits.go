package schema

import "time"

// Limits keep a person from being helped, or written to, too often. What is zero is off.
type Limits struct {
	Freeze        time.Duration // after an issue under the same registry row has ended
	Steps         int           // of one person that may begin under the registry row in Window
	Window        time.Duration
	Contacts      int // issues that one person is written to about in ContactWindow, over all rows; further ones wait
	ContactWindow time.Duration
	QuietHours    QuietHours
}

// LimitsOf a registry row: its own user limit, else, where that is on, the one of its category.
func LimitsOf(p Properties, category Category, userLimit int, window time.Duration) Limits {
	l := Limits{
		Freeze: p.Hours(ResolutionFreezePeriod), Steps: userLimit, Window: window,
		Contacts: p.Number(ContactBudget), ContactWindow: p.Hours(ContactBudgetHours), QuietHours: p.QuietHours(),
	}
	if userLimit > 0 || p.Number(UserLimits) == 0 {
		return l
	}
	switch category {
	case DeviceIssue:
		l.Steps, l.Window = p.Number(DeviceLimit), p.Hours(DeviceLimitHours)
	case ApplicationIssue:
		l.Steps, l.Window = p.Number(ApplicationLimit), p.Hours(ApplicationLimitHours)
	}
	return l
}

// QuietHours is the property of that name.
func (p Properties) QuietHours() QuietHours {
	q, err := ParseQuietHours(p.Text(QuietHoursProperty))
	if err != nil {
		panic("no quiet hours: " + err.Error()) // a mistake in the code: values are checked when they are read
	}
	return q
}

// Past is what counts against the limits when a step begins. Skipped steps never do.
type Past struct {
	Ended   time.Time // of the last issue under the registry row that was not cancelled; zero: none within Freeze
	Begun   int       // steps of the person under the registry row in Window
	Begins  time.Time // of the last Limits.Steps of them, the first; zero: they are fewer
	Active  string    // experience_id of another issue that the person is in a conversation about; ""
	Contact time.Time // of the last Limits.Contacts of the person, planned ones included, the first; zero: they are fewer
}
