package registry

import (
	"fmt"
	"slices"

	"proactive/schema"
)

// objection says why an issue makes no sense together with what it refers to.
type objection struct {
	field string // of the issue: where the mistake stands when the issue is in the files
	ends  []end  // what it refers to: where the mistake stands when the issue is in the database only
	doubt bool   // it can be applied nevertheless
	text  string
}

// end is a field of a row that an issue refers to.
type end struct {
	section schema.Section
	name    string
	field   string
}

// object says what is wrong about an issue of the files and what it refers to, here or in the database.
func (k *checker) object(row int, i schema.IssueTemplate) {
	for _, o := range k.objections(i) {
		if o.doubt {
			k.warn(schema.SectionIssues, row, o.field, "%s", o.text)
		} else {
			k.fail(schema.SectionIssues, row, o.field, "%s", o.text)
		}
	}
}

// objectDeployed says what the files would do to an issue that is deployed in the database, and that they do not deploy anew.
func (k *checker) objectDeployed(i schema.IssueTemplate) {
	if k.redeployed[issueKey(i.Provider, i.IssueCode)] {
		return
	}
	for _, o := range k.objections(i) {
		here := slices.IndexFunc(o.ends, func(e end) bool { return k.rowOf(e) >= 0 })
		if here < 0 {
			k.objectPruned(i, o)
			continue
		}
		e, issue := o.ends[here], issueKey(i.Provider, i.IssueCode)
		if o.doubt {
			k.warn(e.section, k.rowOf(e), e.field, "issue %s, which is deployed in the database, becomes doubtful, as its %s: %s", issue, o.field, o.text)
		} else {
			k.fail(e.section, k.rowOf(e), e.field, "issue %s, which is deployed in the database, would make no sense any more, as its %s: %s", issue, o.field, o.text)
		}
	}
}

// rowOf is the number in its section of the row that an end is of; -1 when it is not in the files.
func (k *checker) rowOf(e end) int {
	named := func(name string) bool { return name == e.name }
	switch e.section {
	case schema.SectionResolutions:
		return slices.IndexFunc(k.c.Resolutions, func(s schema.Resolution) bool { return named(s.Name) })
	case schema.SectionRemedialActions:
		return slices.IndexFunc(k.c.RemedialActions, func(a schema.RemedialAction) bool { return named(a.Name) })
	case schema.SectionNotificationContents:
		return slices.IndexFunc(k.c.NotificationContents, func(n schema.NotificationContent) bool { return named(n.Name) })
	case schema.SectionChannels:
		return slices.IndexFunc(k.c.Channels, func(c schema.Channel) bool { return named(c.Name) })
	}
	return -1
}

// objections are what is wrong about an issue and what it refers to. What is not known is not objected to.
func (k *checker) objections(i schema.IssueTemplate) []objection {
	resolution := k.resolutions[i.Resolution]
	var found []objection
	for _, o := range []objection{
		aboutMode(i, resolution),
		aboutConsent(i, resolution),
		aboutSensitive(i, resolution, k.actions[resolution.RemedialAction]),
		aboutConfirmation(i, resolution),
		k.aboutPrompt(i),
		k.aboutConsentText(i),
		k.aboutContentSwitch(i),
		k.aboutReach(i),
		k.aboutCode(i, k.actions[resolution.RemedialAction]),
		k.aboutDesk(i),
	} {
		if o.text != "" {
			found = append(found, o)
		}
	}
	return append(found, k.aboutChannels(i)...)
}

func against(field, format string, args ...any) objection {
	return objection{field: field, text: fmt.Sprintf(format, args...)}
}

func (o objection) at(ends ...end) objection {
	o.ends = ends
	return o
}
