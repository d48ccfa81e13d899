package schema

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PropertyValue is a setting that was set, in the form in which it is stored.
type PropertyValue struct {
	Name  string
	Value string
}

// Property is a setting that can be changed while everything runs: a whole number from Min to Max, or a text where Check is set.
type Property struct {
	Name     string
	Default  string
	Min, Max int
	Check    func(text string) error // of a text: a sentence about what it must be
	Meaning  string                  // one sentence
}

// The properties by name.
const (
	EngineDueSeconds       = "sn_pren.engine_due_seconds"
	JanitorIntervalSeconds = "sn_pren.janitor_interval_seconds"
	JanitorGraceSeconds    = "sn_pren.janitor_grace_seconds"
	JanitorMaxCandidates   = "sn_pren.janitor_max_candidates"
	EngineBacklogSeconds   = "sn_pren.engine_backlog_seconds"

	AcceptTimeout   = "sn_pren.accept_timeout_seconds"
	ConsentTimeout  = "sn_pren.consent_timeout_seconds"
	ConfirmTimeout  = "sn_pren.confirm_timeout_seconds"
	FeedbackTimeout = "sn_pren.feedback_timeout_seconds"

	ResolutionFreezePeriod = "sn_pren.resolution_freeze_period"
	UserLimits             = "sn_pren.user_limits"
	DeviceLimit            = "sn_pren.device_user_limit"
	DeviceLimitHours       = "sn_pren.device_user_limit_hours"
	ApplicationLimit       = "sn_pren.application_user_limit"
	ApplicationLimitHours  = "sn_pren.application_user_limit_hours"
	ContactBudget          = "sn_pren.contact_budget"
	ContactBudgetHours     = "sn_pren.contact_budget_hours"

	RetentionDays        = "sn_pren.experience_issue_retention_days"
	OutcomeRetentionDays = "sn_pren.outcome_retention_days"
	AuditRetentionDays   = "sn_pren.audit_retention_days"

	QuietHoursProperty  = "sn_pren.quiet_hours"
	DefaultTimeZone     = "sn_pren.default_time_zone"
	DefaultLanguage     = "sn_pren.default_language"
	OrganisationName    = "sn_pren.organisation_name"
	OrganisationContact = "sn_pren.organisation_contact"
)

const (
	secondsPerDay = 24 * 60 * 60
	hoursPerYear  = 366 * 24
)

var properties = []Property{
	{Name: EngineDueSeconds, Default: "600", Min: 1, Max: 30 * secondsPerDay, Meaning: "How many seconds an unfinished step may be overdue before the janitor looks at it."},
	{Name: JanitorIntervalSeconds, Default: "30", Min: 1, Max: secondsPerDay, Meaning: "How many seconds pass between two sweeps of the janitor."},
	{Name: JanitorGraceSeconds, Default: "120", Min: 0, Max: secondsPerDay, Meaning: "How many seconds the engine must have been well before the janitor judges."},
	{Name: JanitorMaxCandidates, Default: "100", Min: 1, Max: 1_000_000, Meaning: "How many issues one sweep may want to end: with more it stops with an alarm and ends none."},
	{Name: EngineBacklogSeconds, Default: "3600", Min: 0, Max: 30 * secondsPerDay, Meaning: "How many seconds longer a step is left alone whose run only waits for a worker, because there is more to do than the workers keep up with."},

	{Name: AcceptTimeout, Default: "28800", Min: 1, Max: 30 * secondsPerDay, Meaning: "How many seconds a person has to accept help."},
	{Name: ConsentTimeout, Default: "7200", Min: 1, Max: 30 * secondsPerDay, Meaning: "How many seconds a person has to consent to what would be done."},
	{Name: ConfirmTimeout, Default: "7200", Min: 1, Max: 30 * secondsPerDay, Meaning: "How many seconds a person has to say whether it helped."},
	{Name: FeedbackTimeout, Default: "600", Min: 1, Max: 30 * secondsPerDay, Meaning: "How many seconds a person has to say how it was; then the issue closes without."},

	{Name: ResolutionFreezePeriod, Default: "0", Min: 0, Max: hoursPerYear, Meaning: "How many hours a person is left in peace about an issue code after an issue of it has ended; 0 is off."},
	{Name: UserLimits, Default: "0", Min: 0, Max: 1, Meaning: "Whether the default limits of issues per person apply, by the category of the issue: 1 is on."},
	{Name: DeviceLimit, Default: "100", Min: 1, Max: 1_000_000, Meaning: "How many issues of a code with category device one person may have in the window."},
	{Name: DeviceLimitHours, Default: "8", Min: 1, Max: hoursPerYear, Meaning: "The window of that limit, in hours."},
	{Name: ApplicationLimit, Default: "100", Min: 1, Max: 1_000_000, Meaning: "How many issues of a code with category application one person may have in the window."},
	{Name: ApplicationLimitHours, Default: "1", Min: 1, Max: hoursPerYear, Meaning: "The window of that limit, in hours."},
	{Name: ContactBudget, Default: "0", Min: 0, Max: 1_000, Meaning: "How many issues one person is written to about in the window, over all codes; further ones wait. 0 is any number."},
	{Name: ContactBudgetHours, Default: "24", Min: 1, Max: hoursPerYear, Meaning: "The window of that budget, in hours."},

	{Name: RetentionDays, Default: "0", Min: 0, Max: 100 * 366, Meaning: "After how many days closed issues are removed, with all that belongs to them but their incidents and interactions; 0 keeps them for ever."},
	{Name: OutcomeRetentionDays, Default: "30", Min: 1, Max: 100 * 366, Meaning: "For how many days the feed keeps the outcomes of closed issues, and their deliveries."},
	{Name: AuditRetentionDays, Default: "0", Min: 0, Max: 100 * 366, Meaning: "After how many days rows of the audit trail are removed; 0 keeps them for ever."},

	{Name: QuietHoursProperty, Default: "", Check: checkQuietHours, Meaning: "When nobody is written to, where the person is, like 22:00-07:00; empty is never."},
	{Name: DefaultTimeZone, Default: "UTC", Check: CheckTimeZone, Meaning: "The time zone of people whose record names none."},
	{Name: DefaultLanguage, Default: "en", Check: CheckLanguage, Meaning: "The language of people whose record names none."},
	{Name: OrganisationName, Default: "Service Desk", Check: checkName, Meaning: "Who writes to people."},
	{Name: OrganisationContact, Default: "", Check: checkShort, Meaning: "How people can reach the service desk, such as a phone number."},
}

// AllProperties lists every property.
func AllProperties() []Property { return slices.Clone(properties) }

// FindProperty finds a property by its name.
func FindProperty(name string) (Property, bool) {
	i := slices.IndexFunc(properties, func(p Property) bool { return p.Name == name })
	if i < 0 {
		return Property{}, false
	}
	return properties[i], true
}

// Parse brings a value of p into the form in which it is stored, or says in a sentence what it must be.
func (p Property) Parse(text string) (string, error) {
	text = strings.TrimSpace(text)
	if p.Check != nil {
		if err := p.Check(text); err != nil {
			return "", fmt.Errorf("%s %w", p.Name, err)
		}
		return text, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < p.Min || n > p.Max {
		return "", fmt.Errorf("%s must be a whole number from %d to %d", p.Name, p.Min, p.Max)
	}
	return strconv.Itoa(n), nil
}

// Properties are the values of all properties by name, each as Parse gives it.
type Properties map[string]string

// DefaultProperties are the values where nothing was set.
func DefaultProperties() Properties {
	all := Properties{}
	for _, p := range properties {
		all[p.Name] = p.Default
	}
	return all
}

// Number is a property that is a whole number.
func (p Properties) Number(name string) int {
	n, err := strconv.Atoi(p[name])
	if err != nil {
		panic("no such number among the properties: " + name) // a mistake in the code: values are checked when they are read
	}
	return n
}

// Seconds is a property that is a number of seconds.
func (p Properties) Seconds(name string) time.Duration {
	return time.Duration(p.Number(name)) * time.Second
}

// Hours is a property that is a number of hours.
func (p Properties) Hours(name string) time.Duration {
	return time.Duration(p.Number(name)) * time.Hour
}

// KeepOutcomes is for how long the feed keeps the outcomes of closed issues.
func (p Properties) KeepOutcomes() time.Duration {
	return time.Duration(p.Number(OutcomeRetentionDays)) * 24 * time.Hour
}

// KeepIssues is for how long closed issues are kept at least: what freezes, limits and the contact budget count must still be there. 0 is
// for ever.
func (p Properties) KeepIssues() time.Duration {
	days := p.Number(RetentionDays)
	if days == 0 {
		return 0
	}
	return max(time.Duration(days)*24*time.Hour, p.LooksBack())
}

// LooksBack is how far freezes, limits and the contact budget look back, but for the limits of a registry row's own.
func (p Properties) LooksBack() time.Duration {
	return max(p.Hours(ResolutionFreezePeriod), p.Hours(DeviceLimitHours), p.Hours(ApplicationLimitHours), p.Hours(ContactBudgetHours))
}

// KeepAudit is for how long rows of the audit trail are kept; 0 is for ever.
func (p Properties) KeepAudit() time.Duration {
	return time.Duration(p.Number(AuditRetentionDays)) * 24 * time.Hour
}

// Text is a property that is a text.
func (p Properties) Text(name string) string { return p[name] }

// CheckTimeZone tells in half a sentence what the name of a time zone must be.
func CheckTimeZone(text string) error {
	if _, err := time.LoadLocation(text); err != nil || text == "" || text == "Local" {
		return errors.New("must be the name of a time zone, like Europe/Berlin")
	}
	return nil
}

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}$`)

// CheckLanguage tells in half a sentence what the tag of a language must be. Whether anything is written in that language is
// another question.
func CheckLanguage(text string) error {
	if !languageTag.MatchString(text) {
		return errors.New("must be the tag of a language, like en, de or pt-BR")
	}
	return nil
}

const maxShort = 200

func checkShort(text string) error {
	if len(text) > maxShort || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		return fmt.Errorf("must be one line of at most %d bytes", maxShort)
	}
	return nil
}

func checkName(text string) error {
	if text == "" {
		return errors.New("must not be empty")
	}
	return checkShort(text)
}
