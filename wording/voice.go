package wording

import (
	"strconv"
	"strings"
	"time"

	"proactive/schema"
)

// voice speaks about one view in the person's language.
type voice struct {
	*texts
	v   schema.View
	now time.Time // zero when nobody knows when it will be read: then no date is today
}

func speakAbout(v schema.View, now time.Time) voice {
	return voice{texts: speak(v.Language), v: v, now: now}
}

// say fills in what stands in braces.
func (o voice) say(text string) string {
	return strings.NewReplacer(
		"{person}", o.v.Person,
		"{contact}", o.v.Contact,
		"{id}", o.v.ExperienceID,
		"{incident}", o.v.Incident,
		"{interaction}", o.v.Interaction,
		"{stars}", strconv.Itoa(o.v.Rating),
		"{tries}", strconv.Itoa(schema.MaxCodeTries-o.v.Conversation.CodeTries),
		"{until}", o.when(o.v.Conversation.Until),
	).Replace(text)
}

// when is a time as people say it, where the person is.
func (o voice) when(t time.Time) string {
	t = o.v.Local(t)
	form := o.Date
	if !o.now.IsZero() {
		switch today := o.v.Local(o.now); {
		case sameDay(t, today):
			form = o.Today
		case sameDay(t, today.AddDate(0, 0, 1)):
			form = o.Tomorrow
		}
	}
	return strings.NewReplacer(
		"{weekday}", o.Weekdays[t.Weekday()],
		"{day}", strconv.Itoa(t.Day()),
		"{month}", o.Months[t.Month()-1],
		"{clock}", t.Format(o.Clock),
		"{zone}", o.zone(t),
	).Replace(form)
}

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }

// zone is the time zone's abbreviation; one without has its distance from UTC.
func (o voice) zone(t time.Time) string {
	name := t.Format("MST")
	if here := o.Zones[name]; here != "" {
		return here
	}
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "UTC" + name
	}
	return name
}

// fact is a thing and what it is.
type fact struct{ Name, Value string }

// facts leaves out what is not known.
func facts(all ...fact) (known []fact) {
	for _, f := range all {
		if f.Value != "" {
			known = append(known, f)
		}
	}
	return known
}
