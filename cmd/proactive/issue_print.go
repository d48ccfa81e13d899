package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// printer shows issues to people. What comes from outside is printed without control characters: it must not be able to write
// to the terminal what it likes.
type printer struct{ to io.Writer }

func (p printer) line(format string, args ...any) {
	fmt.Fprintln(p.to, plain(fmt.Sprintf(format, args...)))
}

func (p printer) raw(text []byte) error {
	_, err := p.to.Write(append(text, '\n'))
	return err
}

func (p printer) issue(i issueAnswer) {
	p.line("%s  %s  %s of %s, step %d, %s", i.ExperienceID, ending(i), i.IssueCode, i.Provider, i.Step, i.User.UserName)
}

func ending(i issueAnswer) string {
	text := i.State
	if i.EndReason != "" {
		text += " (" + i.EndReason + ")"
	}
	if i.Incident != nil {
		text += ", incident " + i.Incident.Number
		if i.Incident.ForeignNumber != "" {
			text += " (" + i.Incident.ForeignNumber + " in the service desk's system)"
		}
	}
	if i.Interaction != nil {
		text += ", interaction " + i.Interaction.Number
	}
	return text
}

func (p printer) events(events []issueEvent) {
	for _, e := range events {
		p.line("%3d  %s  step %d  %-20s  %s", e.Number, e.At.Local().Format("2006-01-02 15:04:05.000"), e.Step, e.Event, e.Detail)
	}
}

func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, text)
}
