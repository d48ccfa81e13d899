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
	"proactive/schema"
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
		p.fact("registry", "%s/%s, version %d%s %s", r.Provider, r.IssueCode, r.Number, either(r.Found != "", ": "+r.Found, ""), bracketed(r.Engages))
	}
	if r := e.Resolution; r != nil {
		p.fact("resolution", "%s, version %d: %s", r.Name, r.Number, r.Type)
		if a := r.Action; a != nil {
			p.fact("action", "%s, version %d: %s %s %s", a.Name, a.Number, a.Kind, a.Target, either(a.TaskQueue != "", "on "+a.TaskQueue, ""))
		}
	}
	p.found(e)
	p.lookups(e)
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
	as := fmt.Sprintf("as step %d", e.Step)
	if e.Chained {
		as = fmt.Sprintf("as step %d of the issue that waits", e.Step)
	}
	switch {
	case e.Refusal != nil:
		p.line("It would be refused, by refusal %d: %s", e.Refusal.Number, e.Refusal.Message)
		p.line("  %s", e.Refusal.Detail)
	case e.Plan != nil && e.Plan.Ends != "":
		p.line("%s", strings.TrimSpace(fmt.Sprintf("It would be taken %s, and end as %s. %s", as, e.Plan.Ends, e.Plan.Detail)))
	case e.Plan != nil && e.Plan.Conversation != "":
		p.line("It would be taken %s, and the person be written to.", as)
	case e.Plan != nil:
		p.line("It would be taken %s, and %s be run.", as, e.Plan.Runs)
	default:
		p.line("It would be taken %s.", as)
	}
}

// fact is a line with a name in front; further ones of the same name have none.
func (p printer) fact(name, format string, args ...any) {
	p.line("  %-12s %s", name, strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " "))
}

// found is who is reported about, and whom each name leads to where that is not one person.
func (p printer) found(e api.Explanation) {
	if e.Person == nil {
		return
	}
	var by []string
	for name, n := range e.Person.Found {
		by = append(by, fmt.Sprintf("%s finds %d", name, n))
	}
	slices.Sort(by)
	switch {
	case e.Person.UserName != "":
		p.fact("person", "%s %s", e.Person.UserName, bracketed(strings.Join(by, ", ")))
	case len(by) == 0:
		p.fact("person", "no name finds anybody who counts")
	default:
		for _, l := range e.Lookups {
			if l.Table == "sys_user" && l.Why == "" {
				p.fact("person", "%s %s finds %s", l.By, l.Value, l.Name)
			}
		}
	}
	for _, c := range e.Person.Criteria {
		p.fact("criteria", "%s %s: %s", c.Side, c.Name, criterion(c))
	}
}

// lookups are those that came to nothing. An agent counts only where something would be run on its computer.
func (p printer) lookups(e api.Explanation) {
	onDevice := e.Resolution != nil && e.Resolution.Action != nil && e.Resolution.Action.Kind == string(schema.CIAction)
	for _, l := range e.Lookups {
		if l.Why == "" || l.Table == "sn_agent_token" && !onDevice {
			continue
		}
		name := either(l.Name != "" && !strings.EqualFold(l.Name, l.Value), bracketed(l.Name), "")
		p.fact(either(l.SysID != "", "not counted", "not found"), "%s: %s %s", strings.Join(strings.Fields(l.By+" "+l.Value+" "+name), " "), l.Why, l.Helps)
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
	p.fact("freeze", "%s", off(l.Freeze == 0, seconds(l.Freeze)+moment(", until ", l.FrozenUntil)))
	p.fact("user limit", "%s", off(l.UserLimit == 0, fmt.Sprintf("%d in %s, %d so far%s", l.UserLimit, seconds(l.Window), l.InWindow, moment(", the next from ", l.NextPossible))))
	p.fact("contacts", "%s", off(l.ContactBudget == 0, fmt.Sprintf("%d in %s%s", l.ContactBudget, seconds(l.ContactWindow), moment(", used up until ", l.ContactsUsedUntil))))
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
		p.fact("times", "%s of %s%s, given up after %s", either(t.Attempts == 1, "1 attempt", fmt.Sprintf("%d attempts", t.Attempts)), seconds(t.Timeout),
			either(t.OfferFor > 0, ", offered to the device for "+seconds(t.OfferFor), ""), seconds(e.Plan.Deadline))
	}
	if t := e.Times; e.Shown != nil && t.Accept > 0 {
		p.fact("questions", "accept in %s%s, confirm in %s", seconds(t.Accept), either(t.Consent > 0, ", consent in "+seconds(t.Consent), ""), seconds(t.Confirm))
	}
	if r := e.Resolution; e.Plan.Ends == "" && r != nil && r.OnSuccess == string(schema.OnSuccessWait) {
		p.fact("then", "action_wait: another report is awaited for %s, of %s", seconds(e.Times.ActionWait),
			either(len(e.Registry.NextCodes) > 0, "issue code "+strings.Join(e.Registry.NextCodes, ", "), "any issue code"))
	}
}

func (p printer) shown(s *api.ExplainedShown) {
	if s == nil {
		return
	}
	var ways []string
	for _, c := range s.Channels {
		ways = append(ways, fmt.Sprintf("%s (%s%s)", c.Name, c.Type, either(c.Reaches, "", ", which does not reach them")))
	}
	p.fact("shown", "at %s in language %s on %s", s.At.Local().Format(withZone), s.Language, either(len(ways) > 0, strings.Join(ways, ", "), "no channel"))
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

// withZone says of which zone a time is, as sentences of the timeline say theirs in UTC.
const withZone = time.DateTime + " MST"

// seconds is a duration without the units that say nothing: 8h, and not 8h0m0s.
func seconds(n int64) string {
	text := (time.Duration(n) * time.Second).String()
	for _, nothing := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nothing) {
			text = text[:len(text)-2]
		}
	}
	return text
}

func moment(before string, t *time.Time) string {
	if t == nil {
		return ""
	}
	return before + t.Local().Format(withZone)
}
