package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"proactive/api"
	"proactive/registry/decide"
)

func issueExplainCommand(server *issueServer) *cobra.Command {
	var asJSON bool
	c := issueReportCommand(&cobra.Command{
		Use:   "explain",
		Short: "Tell what would become of a report, and why; nothing happens",
		Long: `Tell what would become of a report, and why: what it would be refused for, who was found, what speaks against helping them, what would
be run with which parameters, what the person would be shown, and what follows where nothing helps. Nothing is changed and nobody is told.

Everything about the person takes the role sn_pren.engagement_admin; see docs/explain.md.`,
		Example: `  proactive issue explain --provider sn --issue-code 100 --user-name abel.tuter --parameter process_id=10644
  proactive issue explain --file report.json --json`,
	}, func(c *cobra.Command, body []byte) error {
		return issueExplain(c.Context(), server, body, asJSON, printer{c.OutOrStdout()})
	})
	c.Flags().BoolVar(&asJSON, "json", false, "as the service answers it")
	return c
}

func issueExplain(ctx context.Context, server *issueServer, body []byte, asJSON bool, to printer) error {
	client, err := server.client()
	if err != nil {
		return err
	}
	told, raw, err := client.simulate(ctx, body)
	if err != nil {
		return err
	}
	if asJSON {
		return to.raw(raw)
	}
	to.explanation(told)
	return nil
}

// explanation tells it in the order in which it is decided.
func (p printer) explanation(e api.Explanation) {
	p.verdict(e)
	if r := e.Registry; r != nil {
		p.fact("registry", "%s/%s, version %d: %s %s", r.Provider, r.IssueCode, r.Number, r.Found, bracketed(r.Engages))
	}
	if r := e.Resolution; r != nil {
		p.fact("resolution", "%s, version %d: %s", r.Name, r.Number, r.Type)
		if a := r.Action; a != nil {
			p.fact("action", "%s, version %d: %s %s %s", a.Name, a.Number, a.Kind, a.Target, either(a.TaskQueue != "", "on "+a.TaskQueue, ""))
		}
	}
	p.found(e)
	p.lookups(e.Lookups)
	if e.CI != nil {
		p.fact("computer", "%s: %s, %s", e.CI.SysID, either(e.CI.Known, "known", "no computer in cmdb_ci_computer"), either(e.CI.Enrolled, "its agent is enrolled", "no agent is enrolled"))
	}
	p.limits(e.Limits)
	p.parameters(e.Parameters)
	p.plan(e)
	p.shown(e.Shown)
	p.fallback(e.Fallback)
	if e.Withheld != "" {
		p.line("")
		p.line("%s", e.Withheld)
	}
}

func (p printer) verdict(e api.Explanation) {
	switch {
	case e.Refusal != nil:
		p.line("It would be refused, by refusal %d: %s", e.Refusal.Number, e.Refusal.Message)
		p.line("  %s", e.Refusal.Detail)
	case e.Plan != nil && e.Plan.Ends != "":
		p.line("It would be taken, and end as %s. %s", e.Plan.Ends, e.Plan.Detail)
	case e.Plan != nil && e.Plan.Conversation != "":
		p.line("It would be taken as step %d, and the person be written to.", e.Step)
	case e.Plan != nil:
		p.line("It would be taken as step %d, and %s be run.", e.Step, e.Plan.Runs)
	default:
		p.line("It would be taken as step %d.", e.Step)
	}
}

// fact is a line with a name in front; further ones of the same name have none.
func (p printer) fact(name, format string, args ...any) {
	p.line("  %-12s %s", name, strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " "))
}

func (p printer) found(e api.Explanation) {
	if e.Person == nil {
		return
	}
	var by []string
	for name, n := range e.Person.Found {
		by = append(by, fmt.Sprintf("%s finds %d", name, n))
	}
	slices.Sort(by)
	p.fact("person", "%s %s", e.Person.UserName, either(len(by) > 0, bracketed(strings.Join(by, ", ")), "(no name finds anybody)"))
	for _, c := range e.Person.Criteria {
		p.fact("criteria", "%s %s: %s", c.Side, c.Name, criterion(c))
	}
}

// lookups are those that came to nothing.
func (p printer) lookups(all []api.ExplainedLookup) {
	for _, l := range all {
		if l.Why != "" {
			p.fact("not counted", "%s %s%s: %s %s", l.By, l.Value, either(l.Name != "" && l.Name != l.Value, " "+bracketed(l.Name), ""), l.Why, l.Helps)
		}
	}
}

func criterion(c decide.Criterion) string {
	if !c.Active {
		return "not active, matches nobody"
	}
	var lists []string
	for _, l := range c.Lists {
		lists = append(lists, fmt.Sprintf("%s %s %s", l.Name, either(l.Fits, "fits", "does not fit"), bracketed(strings.Join(l.Names, ", "))))
	}
	return fmt.Sprintf("%s; %s of: %s", either(c.Matches, "matches", "does not match"), either(c.MatchAll, "all", "any"), strings.Join(lists, ", "))
}

func (p printer) limits(l *api.ExplainedLimits) {
	if l == nil {
		return
	}
	for _, g := range l.Gates {
		if g.Holds {
			p.fact("left alone", "%s: %s", g.Reason, g.Detail)
		}
	}
	p.fact("freeze", "%s%s", off(l.Freeze == 0, seconds(l.Freeze)), moment(", until ", l.FrozenUntil))
	p.fact("user limit", "%s%s", off(l.UserLimit == 0, fmt.Sprintf("%d in %s, %d so far", l.UserLimit, seconds(l.Window), l.InWindow)), moment(", the next from ", l.NextPossible))
	p.fact("contacts", "%s%s", off(l.ContactBudget == 0, fmt.Sprintf("%d in %s", l.ContactBudget, seconds(l.ContactWindow))), moment(", used up until ", l.ContactsUsedUntil))
	p.fact("quiet hours", "%s", off(l.QuietHours == "", l.QuietHours+" in "+l.TimeZone))
}

func (p printer) parameters(all *api.ExplainedParameters) {
	if all == nil {
		return
	}
	for _, r := range all.Reported {
		p.fact("parameter", "%s is %s: %s", r.Name, either(r.Used, "used", "ignored"), r.Why)
	}
	if all.Mismatch != "" {
		p.fact("mismatch", "%s", all.Mismatch)
	}
	if string(all.Rendered) != "null" && len(all.Rendered) > 0 {
		p.line("  %-12s %s", "parameters", all.Rendered)
	}
}

func (p printer) plan(e api.Explanation) {
	if e.Plan == nil {
		return
	}
	for _, said := range e.Plan.Timeline {
		p.fact("plan", "%s", said)
	}
	if t := e.Times; e.Plan.Runs != "" {
		p.fact("times", "%d attempts of %s%s, given up after %s", t.Attempts, seconds(t.Timeout),
			either(t.OfferFor > 0, ", for which the device has "+seconds(t.OfferFor), ""), seconds(e.Plan.Deadline))
	}
	if t := e.Times; t.Accept > 0 {
		p.fact("questions", "accept in %s, consent in %s, confirm in %s", seconds(t.Accept), seconds(t.Consent), seconds(t.Confirm))
	}
}

func (p printer) shown(s *api.ExplainedShown) {
	if s == nil {
		return
	}
	var ways []string
	for _, c := range s.Channels {
		ways = append(ways, fmt.Sprintf("%s (%s)%s", c.Name, c.Type, either(c.Reaches, "", " does not reach them")))
	}
	p.fact("shown", "at %s in language %s on %s", s.At.Local().Format(time.DateTime), s.Language, either(len(ways) > 0, strings.Join(ways, ", "), "no channel"))
	p.line("    %s", s.Subject)
	for text := range strings.SplitSeq(strings.TrimSpace(s.Text), "\n") {
		p.line("%s", strings.TrimRight("    "+text, " "))
	}
	if s.Consent != "" {
		p.fact("consent", "%s %s", s.Consent, either(s.Code, "(with the code that the device shows)", ""))
	}
}

func (p printer) fallback(f *api.ExplainedFallback) {
	if f == nil {
		return
	}
	p.fact("fallback", "%s%s", f.Kind, either(f.Certain, "", ", where nothing helps"))
	if i := f.Incident; i != nil {
		p.fact("incident", "%s; group %s, impact %d, urgency %d, priority %d", i.ShortDescription, either(i.AssignmentGroup != "", i.AssignmentGroup, "none"), i.Impact, i.Urgency, i.Priority)
	}
}

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

func off(is bool, otherwise string) string { return either(is, "off", otherwise) }

func bracketed(text string) string { return either(text != "", "("+text+")", "") }

func seconds(n int64) string { return (time.Duration(n) * time.Second).String() }

func moment(before string, t *time.Time) string {
	if t == nil {
		return ""
	}
	return before + t.Local().Format(time.DateTime)
}
