package postgres

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"proactive/schema"
)

// dice makes catalogues that are right, of whatever texts and values the format can say.
type dice struct{ *rand.Rand }

var oddTexts = []string{"", "plain", "100", "0x1f", "1e400", "-0", "1.50", "yes", "null", "~", "true", "<<", "=", "2026-11-24", " leading", "trailing ",
	"a: b", "- a", "# no comment", "a #b", "{$secret: X}", "[a", "'", `"`, `\`, "%a", "@a", "`a", "&a", "*a", "!a", "|", ">", "two\nlines", "\nfirst empty",
	"last empty\n", "many\n\n\nempty\n\n", "  indented\nless", "tab\tin", "a\r\nb", "Grüße", "日本語", "🙂", "\u0007", "\u0085", "\u2028", "\ufeff", "\u200b", "\ufffe", "a\u00a0b"}

func (d dice) text() string {
	if d.IntN(4) == 0 {
		return one(d, oddTexts) + one(d, oddTexts)
	}
	return one(d, oddTexts)
}

// word is text that is not blank.
func (d dice) word() string { return "w" + d.text() }

func (d dice) flag() bool { return d.IntN(2) == 0 }

func (d dice) seconds(most int) time.Duration { return time.Duration(1+d.IntN(most)) * time.Second }

func one[T any](d dice, list []T) T { return list[d.IntN(len(list))] }

// some are different ones of a list.
func some(d dice, list []string) []string {
	chosen := []string{}
	for _, i := range d.Perm(len(list))[:d.IntN(len(list)+1)] {
		chosen = append(chosen, list[i])
	}
	return chosen
}

func (d dice) words() []string {
	var words []string
	for range d.IntN(4) {
		if word := d.word(); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

func named(n int, prefix string) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s%d", prefix, i)
	}
	return names
}

// value is any JSON without a mark and without what looks like a secret.
func (d dice) value(depth int) string {
	kinds := 6
	if depth > 2 {
		kinds = 4
	}
	switch d.IntN(kinds) {
	case 0:
		return quoted(d.text())
	case 1:
		return one(d, []string{"0", "-1", "1.50", "1e3", "12345678901234567890", "-0.0"})
	case 2:
		return one(d, []string{"true", "false"})
	case 3:
		return "null"
	case 4:
		inner := []string{}
		for range d.IntN(3) {
			inner = append(inner, d.value(depth+1))
		}
		return "[" + strings.Join(inner, ",") + "]"
	}
	return d.object(depth + 1)
}

// quoted is text as JSON, with < and & as they are, which is how the catalogue keeps it.
func quoted(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(text) //nolint:errcheck // a text always has a JSON form
	return strings.TrimSpace(b.String())
}

func (d dice) object(depth int) string {
	members := []string{}
	for i := range d.IntN(4) {
		members = append(members, quoted(one(d, oddTexts)+fmt.Sprint(i))+":"+d.value(depth))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (d dice) catalogue() schema.Catalogue {
	c := schema.Catalogue{}
	for _, code := range named(1+d.IntN(3), "provider") {
		c.Providers = append(c.Providers, schema.Provider{Code: code, Name: d.text(), Active: d.flag()})
	}
	d.people(&c)
	d.channels(&c)
	d.told(&c)
	d.help(&c)
	for _, code := range named(d.IntN(6), "code") {
		c.Issues = append(c.Issues, d.issue(c, code))
	}
	c.Properties = []schema.PropertyValue{{Name: schema.OrganisationName, Value: "Desk # 1"}, {Name: schema.QuietHoursProperty, Value: "22:00-07:00"},
		{Name: schema.ResolutionFreezePeriod, Value: fmt.Sprint(d.IntN(100))}}
	slices.SortFunc(c.Properties, func(a, b schema.PropertyValue) int { return strings.Compare(a.Name, b.Name) })
	return c
}

func (d dice) people(c *schema.Catalogue) {
	users, accounts := named(1+d.IntN(4), "user"), named(1+d.IntN(4), "account.")
	for _, name := range users {
		c.Users = append(c.Users, schema.User{SysID: schema.NewSysID(), UserName: name, FirstName: d.text(), LastName: d.text(), Email: d.text(), Active: d.flag(),
			LockedOut: d.flag(), Language: one(d, []string{"", "en", "pt-BR"}), TimeZone: one(d, []string{"", "Europe/Berlin"}), Department: d.text(),
			Location: d.text(), Roles: sorted(d.words())})
	}
	for _, name := range accounts {
		a := schema.ServiceAccount{UserName: name, Active: d.flag(), LockedOut: d.flag(), Providers: sorted(some(d, codes(*c)))}
		for _, role := range sorted(some(d, []string{string(schema.RoleCreate), string(schema.RoleRead), string(schema.RoleAdmin)})) {
			a.Roles = append(a.Roles, schema.Role(role))
		}
		if d.flag() {
			a.PasswordHash = "stored"
		}
		if d.flag() {
			a.APIKeyHash = []byte(name)
		}
		c.ServiceAccounts = append(c.ServiceAccounts, a)
	}
	for _, name := range named(d.IntN(3), "criteria") {
		c.UserCriteria = append(c.UserCriteria, schema.UserCriteria{Name: name, Users: some(d, users), Roles: d.words(), Departments: d.words(), Locations: d.words(),
			MatchAll: d.flag(), Active: d.flag()})
	}
	for i, name := range named(d.IntN(4), "rule") {
		r := schema.RateRule{Name: name, Type: []schema.RateRuleType{schema.RateAllUsers, schema.RateUsersWithRole, schema.RateUser}[i%3], Limit: 1 + d.IntN(1000), Active: d.flag()}
		switch r.Type {
		case schema.RateUsersWithRole:
			r.Role = schema.RoleRead
		case schema.RateUser:
			r.User = one(d, accounts)
		}
		c.RateRules = append(c.RateRules, r)
	}
	for _, name := range named(d.IntN(3), "computer") {
		c.Computers = append(c.Computers, schema.Computer{SysID: schema.NewSysID(), Name: name, OS: d.text(), AssignedTo: one(d, append(users, ""))})
	}
}

func sorted(texts []string) []string { slices.Sort(texts); return texts }

func codes(c schema.Catalogue) []string {
	var all []string
	for _, p := range c.Providers {
		all = append(all, p.Code)
	}
	return all
}

func (d dice) channels(c *schema.Catalogue) {
	mark := json.RawMessage(`{"$secret":"NAME_1"}`)
	mail := schema.EmailConfig{Host: "mail.example.com", Port: 1 + d.IntN(60000), TLS: one(d, []string{schema.TLSStart, schema.TLSImplicit}), From: `Desk <a@b.c>`}
	if d.flag() {
		mail.Username, mail.Password, mail.ReplyTo = d.word(), mark, "d@e.f"
	}
	desk := schema.EmailConfig{Host: "::1", Port: 25, TLS: schema.TLSNone, From: "a@b.c", To: "g@h.i"}
	hook := schema.WebhookConfig{URL: one(d, []json.RawMessage{mark, json.RawMessage(`"https://a.example.com/x?y=z&a=b"`)}), Secret: mark}
	if d.flag() {
		hook.Template = json.RawMessage(`{"link":{"$input":"link"},"a":` + d.value(0) + `}`)
	}
	for i, config := range []any{desk, mail, hook, schema.DesktopConfig{OfferFor: d.seconds(100_000)}} {
		channel := schema.Channel{Name: fmt.Sprintf("channel%d", i), Audience: schema.AudiencePerson, Attempts: 1 + d.IntN(20), Config: asJSON(config), Active: i < 2 || d.flag()}
		channel.Type = []schema.ChannelType{schema.ChannelEmail, schema.ChannelEmail, schema.ChannelWebhook, schema.ChannelDesktop}[i]
		if i == 0 {
			channel.Audience = schema.AudienceDesk
		}
		c.Channels = append(c.Channels, channel)
	}
}

// told are those who hear of outcomes and incidents.
func (d dice) told(c *schema.Catalogue) {
	mark := json.RawMessage(`{"$secret":"NAME_1"}`)
	address := json.RawMessage(`"https://a.example.com/x?y=z&a=b"`)
	for _, code := range codes(*c) {
		o := schema.OutcomeReceiver{Provider: code, States: schema.DefaultOutcomeStates(), GiveUpAfter: schema.DefaultGiveUpAfter, Active: d.flag()}
		if d.flag() {
			o.States = []schema.State{one(d, schema.OutcomeStates())}
		}
		if d.flag() {
			o.Config, o.GiveUpAfter = asJSON(schema.WebhookConfig{URL: one(d, []json.RawMessage{mark, address}), Secret: mark}), d.seconds(1_000_000)
		}
		c.OutcomeReceivers = append(c.OutcomeReceivers, o)
	}
	at := schema.ServiceNowConfig{Instance: "https://a.example.com", Caller: one(d, []string{"", schema.CallerByUserName, schema.CallerByEmail})}
	one(d, []func(){func() { at.Username, at.Password = "w\n # no comment", mark }, func() { at.Token = mark }, func() { at.APIKey = mark }})()
	if d.flag() {
		at.Fields = map[string]string{"u_b": d.text(), "category": d.text()}
	}
	for i, config := range []any{at, at, schema.WebhookConfig{URL: one(d, []json.RawMessage{mark, address}), Secret: mark}} {
		desk := schema.ServiceDesk{Name: fmt.Sprintf("desk%d", i), Type: schema.DeskServiceNow, Config: asJSON(config), Active: i == 1}
		if i == 2 {
			desk.Type = schema.DeskWebhook
		}
		if d.flag() {
			desk.GiveUpAfter = d.seconds(1_000_000)
		}
		c.ServiceDesks = append(c.ServiceDesks, desk)
	}
}

func asJSON(config any) json.RawMessage {
	text, _ := json.Marshal(config) //nolint:errcheck // texts, numbers and JSON
	return text
}

func (d dice) help(c *schema.Catalogue) {
	for i, name := range named(3, "action") {
		a := schema.RemedialAction{Name: name, Kind: []schema.ActionKind{schema.Subflow, schema.FlowAction, schema.CIAction}[i], Target: d.word(), FromReport: d.words(),
			Timeout: d.seconds(10_000), OfferFor: 8 * time.Hour, Attempts: 1, Idempotent: d.flag(), Active: d.flag()}
		if a.Idempotent {
			a.Attempts = 1 + d.IntN(100)
		}
		if a.Kind == schema.CIAction {
			a.OfferFor = d.seconds(100_000)
		} else {
			a.TaskQueue = d.text()
		}
		if d.flag() {
			a.InputSchema = json.RawMessage(`{"type":"object","default":` + d.value(0) + `}`)
		}
		c.RemedialActions = append(c.RemedialActions, a)
		parameters := json.RawMessage(d.object(0))
		c.Resolutions = append(c.Resolutions, schema.Resolution{Name: "runs " + name, Type: schema.ResolveByAction, RemedialAction: name, Parameters: parameters,
			OnSuccess: one(d, []schema.OnSuccess{schema.OnSuccessClose, schema.OnSuccessWait}), Active: d.flag()})
	}
	empty := json.RawMessage(`{}`)
	steps := schema.Resolution{Name: "steps", Type: schema.ResolveBySelfHelp, Instructions: append(d.words(), d.word()), Parameters: empty, OnSuccess: schema.OnSuccessClose, Active: true}
	if d.flag() {
		steps.Translations = asJSON(map[string]schema.ResolutionTranslation{"de": {Instructions: d.words()}, "pt-BR": {Instructions: append(d.words(), d.word())}})
	}
	c.Resolutions = append(c.Resolutions, steps,
		schema.Resolution{Name: "ticket", Type: schema.ResolveByIncident, Parameters: empty, OnSuccess: schema.OnSuccessClose, Active: d.flag()},
		schema.Resolution{Name: "url", Type: schema.ResolveByURL, URL: "https://example.com/a?b=c#d", Parameters: empty, OnSuccess: schema.OnSuccessClose, Active: d.flag()})
	slices.SortFunc(c.Resolutions, func(a, b schema.Resolution) int { return strings.Compare(a.Name, b.Name) })
	for _, name := range named(1+d.IntN(3), "content") {
		n := schema.NotificationContent{Name: name, Prompt: d.word(), ConsentText: d.word(), Active: d.flag()}
		if d.flag() {
			n.Translations, _ = json.Marshal(map[string]schema.Translation{"de": {Prompt: d.word()}, "pt-BR": {Prompt: d.text(), ConsentText: d.word()}}) //nolint:errcheck // texts
		}
		c.NotificationContents = append(c.NotificationContents, n)
	}
}

func (d dice) issue(c schema.Catalogue, code string) schema.IssueTemplate {
	deployed := d.flag()
	resolution := one(d, c.Resolutions)
	i := schema.IssueTemplate{Provider: one(d, codes(c)), IssueCode: code, ReferenceName: d.text(), ShortDescription: d.text(), Resolution: resolution.Name,
		Engagement: schema.Engage, Fallback: one(d, []schema.Fallback{schema.FallbackIncident, schema.FallbackLiveAgent, schema.FallbackNone}),
		ActionWait: d.seconds(100_000), NextCodes: d.words(), AssignmentGroup: d.text(), Impact: 1 + d.IntN(3), Urgency: 1 + d.IntN(3),
		Category: one(d, []schema.Category{schema.NoCategory, schema.DeviceIssue, schema.ApplicationIssue}), Deployed: &deployed,
		NotificationContent: one(d, c.NotificationContents).Name}
	if d.flag() {
		i.UserLimit, i.UserLimitWindow = 1+d.IntN(100), d.seconds(100_000)
	}
	shows := resolution.Type == schema.ResolveBySelfHelp || resolution.Type == schema.ResolveByURL
	switch {
	case shows && d.flag():
		i.Engagement = schema.NotifyOnly
	case !shows && d.flag():
		i.Engagement, i.NotificationContent = schema.Silent, ""
		return i
	}
	i.Channels = some(d, []string{"channel1", "channel2", "channel3"})
	for _, u := range c.UserCriteria {
		one(d, []func(){func() { i.Include = append(i.Include, u.Name) }, func() { i.Exclude = append(i.Exclude, u.Name) }, func() {}})()
	}
	if i.Engagement == schema.Engage && d.flag() {
		i.AcceptWithin = d.seconds(100_000)
	}
	if i.Engagement == schema.Engage && resolution.Type == schema.ResolveByAction && d.flag() {
		i.Consent, i.ConsentWithin, i.ConfirmWithin = true, d.seconds(100_000), d.seconds(100_000)
	}
	return i
}
