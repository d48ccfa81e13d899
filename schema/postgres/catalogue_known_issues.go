package postgres

import (
	"context"

	"github.com/lib/pq"

	"proactive/schema"
)

// issueColumns are what a template and a registry row have in common.
const issueColumns = `
	       i.sys_id, p.provider_code, i.issue_code, i.reference_name, i.short_description, COALESCE(r.name, '') AS resolution,
	       COALESCE(n.name, '') AS notification_content, i.engagement, i.consent, i.fallback, i.action_wait_seconds, i.next_codes,
	       i.assignment_group, i.impact, i.urgency, i.channels, i.include, i.exclude, i.category, i.user_limit,
	       i.user_limit_window_seconds, i.accept_seconds, i.consent_seconds, i.confirm_seconds`

const allIssues = `
	SELECT ` + issueColumns + `,
	       EXISTS (SELECT FROM sn_pren_issue_registry g WHERE g.provider = i.provider AND g.issue_code = i.issue_code AND g.active) AS deployed
	  FROM sn_pren_issue_registry_template i
	  JOIN sn_pren_provider p ON p.sys_id = i.provider
	  LEFT JOIN sn_pren_resolution r ON r.sys_id = i.resolution
	  LEFT JOIN sn_pren_notification_content n ON n.sys_id = i.notification_content
	 ORDER BY p.provider_code COLLATE "C", i.issue_code COLLATE "C"`

const allDeployed = `
	SELECT ` + issueColumns + `, i.active AS deployed, i.update_decision,
	       ARRAY(SELECT was.key FROM jsonb_each(base.payload::jsonb) was
	              WHERE was.key NOT LIKE 'sys\_%' AND to_jsonb(i) -> was.key IS DISTINCT FROM was.value) AS customised
	  FROM sn_pren_issue_registry i
	  JOIN sn_pren_provider p ON p.sys_id = i.provider
	  LEFT JOIN sn_pren_resolution r ON r.sys_id = i.resolution
	  LEFT JOIN sn_pren_notification_content n ON n.sys_id = i.notification_content
	  LEFT JOIN sn_pren_version base ON base.sys_id = i.deployed_version
	 ORDER BY p.provider_code COLLATE "C", i.issue_code COLLATE "C"`

func knownIssues(ctx context.Context, t tx, known *schema.Catalogue) error {
	var err error
	known.Issues, err = issuesOf(ctx, t, allIssues)
	return err
}

// knownDeployed reads the registry rows: those that can be reported must go on making sense when what they refer to changes.
func knownDeployed(ctx context.Context, t tx, known *schema.Catalogue) error {
	var err error
	known.Deployed, err = issuesOf(ctx, t, allDeployed)
	return err
}

// knownIssue is a template or a registry row.
type knownIssue struct {
	SysID                  string            `db:"sys_id"`
	Provider               string            `db:"provider_code"`
	IssueCode              string            `db:"issue_code"`
	ReferenceName          string            `db:"reference_name"`
	ShortDescription       string            `db:"short_description"`
	Resolution             string            `db:"resolution"`
	NotificationContent    string            `db:"notification_content"`
	Engagement             schema.Engagement `db:"engagement"`
	Consent                bool              `db:"consent"`
	Fallback               schema.Fallback   `db:"fallback"`
	ActionWaitSeconds      int64             `db:"action_wait_seconds"`
	NextCodes              pq.StringArray    `db:"next_codes"`
	AssignmentGroup        string            `db:"assignment_group"`
	Impact                 int               `db:"impact"`
	Urgency                int               `db:"urgency"`
	Channels               pq.StringArray    `db:"channels"`
	Include                pq.StringArray    `db:"include"`
	Exclude                pq.StringArray    `db:"exclude"`
	Category               schema.Category   `db:"category"`
	UserLimit              int               `db:"user_limit"`
	UserLimitWindowSeconds int64             `db:"user_limit_window_seconds"`
	AcceptSeconds          int64             `db:"accept_seconds"`
	ConsentSeconds         int64             `db:"consent_seconds"`
	ConfirmSeconds         int64             `db:"confirm_seconds"`
	Deployed               bool              `db:"deployed"`

	Decision   schema.UpdateDecision `db:"update_decision"` // of a registry row, as the next
	Customised pq.StringArray        `db:"customised"`
}

func issuesOf(ctx context.Context, t tx, statement string) ([]schema.IssueTemplate, error) {
	var rows []knownIssue
	if err := t.selectAll(ctx, &rows, statement); err != nil {
		return nil, err
	}
	issues := make([]schema.IssueTemplate, len(rows))
	for i := range rows {
		issues[i] = rows[i].issue()
	}
	return issues, nil
}

func (k *knownIssue) issue() schema.IssueTemplate {
	return schema.IssueTemplate{SysID: k.SysID, Provider: k.Provider, IssueCode: k.IssueCode, ReferenceName: k.ReferenceName,
		ShortDescription: k.ShortDescription, Resolution: k.Resolution, NotificationContent: k.NotificationContent, Engagement: k.Engagement,
		Consent: k.Consent, Fallback: k.Fallback, ActionWait: inSeconds(k.ActionWaitSeconds), NextCodes: k.NextCodes,
		AssignmentGroup: k.AssignmentGroup, Impact: k.Impact, Urgency: k.Urgency, Channels: k.Channels, Include: k.Include, Exclude: k.Exclude,
		Category: k.Category, UserLimit: k.UserLimit, UserLimitWindow: inSeconds(k.UserLimitWindowSeconds), AcceptWithin: inSeconds(k.AcceptSeconds),
		ConsentWithin: inSeconds(k.ConsentSeconds), ConfirmWithin: inSeconds(k.ConfirmSeconds), Deployed: &k.Deployed,
		Decision: k.Decision, Customised: k.Customised}
}
