package registry

import (
	"encoding/json"
	"iter"
	"reflect"

	"proactive/schema"
)

// sectionRows is what is done with the rows of every section alike.
type sectionRows interface {
	section() schema.Section
	rows(c schema.Catalogue) iter.Seq[row]
	clone(c *schema.Catalogue)
	identify(decided *schema.Catalogue, known schema.Catalogue)
	keepJSON(decided *schema.Catalogue, known schema.Catalogue)
	compare(e *effect)
	takeAway(e *effect, pruned []schema.PrunedRow)
}

// rowsIn is sectionRows of one type of row.
type rowsIn[R any] struct {
	name   schema.Section
	of     func(*schema.Catalogue) *[]R
	sysID  func(*R) *string
	row    func(R) row
	json   func(*R) documents    // nil where there are none
	active func(*R) *bool        // what retires a row; nil where there is no such switch
	needed func(*effect, R) bool // whether another row refers to this one, so that it is retired; nil: it is never removed, or always
	named  bool                  // a row is known by its key alone, and not by a sys_id in a file
}

// documents are where a row keeps JSON.
type documents = []*json.RawMessage

// allRows are those of all sections, in the order in which they are applied.
var allRows = []sectionRows{
	rowsIn[schema.Provider]{
		name: schema.SectionProviders, of: func(c *schema.Catalogue) *[]schema.Provider { return &c.Providers }, row: providerRow, named: true,
		sysID: func(p *schema.Provider) *string { return &p.SysID }, active: func(p *schema.Provider) *bool { return &p.Active },
	},
	rowsIn[schema.User]{
		name: schema.SectionUsers, of: func(c *schema.Catalogue) *[]schema.User { return &c.Users }, row: userRow,
		sysID: func(u *schema.User) *string { return &u.SysID }, active: func(u *schema.User) *bool { return &u.Active },
	},
	rowsIn[schema.UserCriteria]{
		name: schema.SectionUserCriteria, of: func(c *schema.Catalogue) *[]schema.UserCriteria { return &c.UserCriteria }, row: criteriaRow, named: true,
		sysID: func(u *schema.UserCriteria) *string { return &u.SysID },
	},
	rowsIn[schema.Channel]{
		name: schema.SectionChannels, of: func(c *schema.Catalogue) *[]schema.Channel { return &c.Channels }, row: channelRow, named: true,
		sysID: func(ch *schema.Channel) *string { return &ch.SysID }, active: func(ch *schema.Channel) *bool { return &ch.Active },
		json: func(ch *schema.Channel) documents { return documents{&ch.Config} },
	},
	rowsIn[schema.ServiceAccount]{
		name: schema.SectionServiceAccounts, of: func(c *schema.Catalogue) *[]schema.ServiceAccount { return &c.ServiceAccounts }, row: accountRow,
		sysID: func(a *schema.ServiceAccount) *string { return &a.SysID }, active: func(a *schema.ServiceAccount) *bool { return &a.Active },
	},
	rowsIn[schema.RateRule]{
		name: schema.SectionRateRules, of: func(c *schema.Catalogue) *[]schema.RateRule { return &c.RateRules }, row: rateRuleRow, named: true,
		sysID: func(r *schema.RateRule) *string { return &r.SysID },
	},
	rowsIn[schema.OutcomeReceiver]{
		name: schema.SectionOutcomes, of: func(c *schema.Catalogue) *[]schema.OutcomeReceiver { return &c.OutcomeReceivers }, row: receiverRow, named: true,
		sysID: func(o *schema.OutcomeReceiver) *string { return &o.SysID }, active: func(o *schema.OutcomeReceiver) *bool { return &o.Active },
		json: func(o *schema.OutcomeReceiver) documents { return documents{&o.Config} },
	},
	rowsIn[schema.ServiceDesk]{
		name: schema.SectionServiceDesks, of: func(c *schema.Catalogue) *[]schema.ServiceDesk { return &c.ServiceDesks }, row: serviceDeskRow, named: true,
		sysID: func(s *schema.ServiceDesk) *string { return &s.SysID }, active: func(s *schema.ServiceDesk) *bool { return &s.Active },
		json: func(s *schema.ServiceDesk) documents { return documents{&s.Config} },
	},
	rowsIn[schema.Computer]{
		name: schema.SectionComputers, of: func(c *schema.Catalogue) *[]schema.Computer { return &c.Computers }, row: computerRow,
		sysID: func(ci *schema.Computer) *string { return &ci.SysID },
	},
	rowsIn[schema.RemedialAction]{
		name: schema.SectionRemedialActions, of: func(c *schema.Catalogue) *[]schema.RemedialAction { return &c.RemedialActions }, row: actionRow, named: true,
		sysID: func(a *schema.RemedialAction) *string { return &a.SysID }, active: func(a *schema.RemedialAction) *bool { return &a.Active },
		json: func(a *schema.RemedialAction) documents { return documents{&a.InputSchema} }, needed: (*effect).needsAction,
	},
	rowsIn[schema.Resolution]{
		name: schema.SectionResolutions, of: func(c *schema.Catalogue) *[]schema.Resolution { return &c.Resolutions }, row: resolutionRow, named: true,
		sysID: func(s *schema.Resolution) *string { return &s.SysID }, active: func(s *schema.Resolution) *bool { return &s.Active },
		json: func(s *schema.Resolution) documents { return documents{&s.Parameters, &s.Translations} },
	},
	rowsIn[schema.NotificationContent]{
		name: schema.SectionNotificationContents, of: func(c *schema.Catalogue) *[]schema.NotificationContent { return &c.NotificationContents }, row: contentRow, named: true,
		sysID: func(n *schema.NotificationContent) *string { return &n.SysID }, active: func(n *schema.NotificationContent) *bool { return &n.Active },
		json: func(n *schema.NotificationContent) documents { return documents{&n.Translations} }, needed: (*effect).needsContent,
	},
	issuesIn{rowsIn[schema.IssueTemplate]{
		name: schema.SectionIssues, of: func(c *schema.Catalogue) *[]schema.IssueTemplate { return &c.Issues }, row: issueRow, named: true,
		sysID: func(i *schema.IssueTemplate) *string { return &i.SysID },
	}},
	rowsIn[schema.PropertyValue]{
		name: schema.SectionProperties, of: func(c *schema.Catalogue) *[]schema.PropertyValue { return &c.Properties }, row: propertyRow,
		sysID: func(p *schema.PropertyValue) *string { return &p.Name },
	},
}

// sectionOf is a section by its name.
func sectionOf(name schema.Section) sectionRows {
	for _, in := range allRows {
		if in.section() == name {
			return in
		}
	}
	panic("no such section: " + name)
}

func (in rowsIn[R]) section() schema.Section { return in.name }

func (in rowsIn[R]) rows(c schema.Catalogue) iter.Seq[row] { return each(*in.of(&c), in.row) }

// clone copies the rows, which are then written to, and shares what is in them.
func (in rowsIn[R]) clone(c *schema.Catalogue) {
	rows := in.of(c)
	*rows = append([]R(nil), *rows...)
}

// identify gives each row the sys_id of the row that it stands for, or a new one.
func (in rowsIn[R]) identify(decided *schema.Catalogue, known schema.Catalogue) {
	if !in.named {
		return
	}
	ids := map[string]string{}
	for _, r := range *in.of(&known) {
		ids[in.row(r).key] = *in.sysID(&r)
	}
	rows := *in.of(decided)
	for i := range rows {
		*in.sysID(&rows[i]) = orNew(ids[in.row(rows[i]).key])
	}
}

func orNew(sysID string) string {
	if sysID == "" {
		return schema.NewSysID()
	}
	return sysID
}

// keepJSON keeps the stored text of JSON that says the same to whoever reads the row: with other spaces, escapes, or members that this program
// does not know. So its row stays untouched.
func (in rowsIn[R]) keepJSON(decided *schema.Catalogue, known schema.Catalogue) {
	if in.json == nil {
		return
	}
	stored, rows := in.bySysID(known), *in.of(decided)
	for i := range rows {
		before, there := stored[*in.sysID(&rows[i])]
		if !there {
			continue
		}
		for n, text := range in.json(&before) {
			kept := rows[i]
			*in.json(&kept)[n] = *text
			if len(compareFields(in.row(rows[i]).fields, in.row(kept).fields)) == 0 {
				rows[i] = kept
			}
		}
	}
}

func (in rowsIn[R]) bySysID(c schema.Catalogue) map[string]R {
	rows := map[string]R{}
	for _, r := range *in.of(&c) {
		rows[*in.sysID(&r)] = r
	}
	return rows
}

// same tells whether two rows say the same. No list is as good as an empty one.
func same[R any](a, b R) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		f, g := x.Field(i), y.Field(i)
		if f.Kind() == reflect.Slice && f.Len() == 0 && g.Len() == 0 {
			continue
		}
		if !reflect.DeepEqual(f.Interface(), g.Interface()) {
			return false
		}
	}
	return true
}
