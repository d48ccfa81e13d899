package postgres

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/registry/decide"
	"proactive/schema"
)

// differently dresses the catalogue so that whatever a person is shown differs from person to person and from code to code.
func (m *mix) differently() {
	m.exec(`UPDATE sys_user SET preferred_language = 'de-AT', first_name = 'Fred', last_name = 'Luddy', time_zone = 'Pacific/Auckland' WHERE user_name = 'fred.luddy'`)
	m.exec(`UPDATE sys_user SET preferred_language = 'fr', first_name = 'Beth' WHERE user_name = 'beth.anglin'`)
	m.exec(`INSERT INTO sn_pren_notification_content (sys_id, name, prompt, consent_text, translations)
	        VALUES (md5('n 1'), 'one', 'May we?', 'It is lost.', '{"de": {"Prompt": "Dürfen wir?", "ConsentText": "Es ist weg."}, "de-AT": {"Prompt": "Derf ma?"}}'),
	               (md5('n 2'), 'two', 'Shall we?', '', NULL)`)
	m.exec(`UPDATE sn_pren_resolution SET instructions = '{Look.,Again.}', translations = '{"de": {"instructions": ["Sehen Sie nach."]}, "fr-CA": {"instructions": ["Regardez."]}}'`)
	m.exec(`UPDATE sn_pren_issue_registry SET notification_content = CASE WHEN issue_code < '400' THEN md5('n 1') ELSE md5('n 2') END WHERE issue_code <> '700'`)
	m.exec(`UPDATE sn_pren_issue_registry SET accept_seconds = 600, consent_seconds = 120, channels = '{mail}' WHERE issue_code = '300'`)
	m.exec(`INSERT INTO sn_pren_notification_channel (sys_id, name, type, audience)
	        VALUES (md5('mail'), 'mail', 'email', 'person'), (md5('desktop'), 'desktop', 'desktop', 'person'), (md5('desk'), 'desk', 'email', 'desk')`)
	m.set(schema.OrganisationName, "Example Ltd")
}

// agrees compares what was foretold with what a step is decided by, and goes by, once it has begun.
func (m *mix) agrees(id string, s schema.Simulation, facts schema.StepFacts) {
	t := m.t
	issue := m.issue(id)
	require.WithinDuration(t, facts.Now, s.Facts.Now, time.Minute)
	foretold := s.Facts
	foretold.Now, foretold.ExperienceID = facts.Now, facts.ExperienceID // which is ours to make where the report has none
	require.Equal(t, facts, foretold)
	require.Equal(t, facts.Versions, m.pinned(id, issue.Step))
	require.Equal(t, facts.Versions.Registry, s.Version)
	require.Equal(t, issue.User, s.Facts.User)
	require.Equal(t, issue.UserName, s.Person)
	require.Equal(t, issue.CI, s.Facts.CI)
	require.Equal(t, s.Registry+" "+s.Row.Resolution, value[string](m.issueWorld, `SELECT registry || ' ' || resolution FROM sn_pren_experience_issue_step WHERE issue = $1 AND step = $2`, issue.SysID, issue.Step))
	m.found(s)
	m.criteria(s)
	m.limits(s)
	if s.Decision.Conversation != nil {
		m.shows(issue, s)
	}
}

// found: whoever is reported about is one of those whom each name leads to, if it leads to anybody.
func (m *mix) found(s schema.Simulation) {
	counting := map[string][]string{}
	for _, l := range s.Lookups {
		if l.Table == "sys_user" && l.Standing == schema.Counts {
			by := l.By
			if by == "assigned_to" {
				by = "CI"
			}
			counting[by] = append(counting[by], l.SysID)
		}
	}
	require.Len(m.t, counting, len(s.Found))
	for by, people := range counting {
		require.Len(m.t, people, s.Found[by])
		require.Contains(m.t, people, s.Facts.User, by)
	}
}

// criteria: the person is excluded by those that match, or by none of the including ones matching.
func (m *mix) criteria(s schema.Simulation) {
	excluded, including, included := false, false, false
	for _, c := range decide.Criteria(s.Facts) {
		excluded = excluded || c.Side == "exclude" && c.Matches
		including = including || c.Side == "include"
		included = included || c.Side == "include" && c.Matches
	}
	require.Equal(m.t, excluded || including && !included, s.Decision.Plan.Conclude == schema.ExcludedByCriteria)
}

// limits: the numbers that are told decide, in their order.
func (m *mix) limits(s schema.Simulation) {
	frozen, next := decide.FrozenUntil(s.Facts), decide.NextPossible(s.Facts)
	var first schema.EndReason
	for _, g := range decide.Gates(s.Facts) {
		require.Equal(m.t, g.Holds, g.Detail != "")
		switch {
		case !g.Holds:
		case first == "":
			first = g.Reason
		}
		switch g.Reason {
		case schema.ThrottledFreeze:
			if g.Holds {
				require.Equal(m.t, s.Facts.Past.Ended.Add(s.Facts.Limits.Freeze), frozen)
			}
			require.Equal(m.t, frozen.After(s.Facts.Now), g.Holds)
		case schema.ThrottledUserLimit:
			require.Equal(m.t, next.After(s.Facts.Now), g.Holds)
			require.Equal(m.t, s.Facts.Limits.Steps > 0 && s.Facts.Past.Begun >= s.Facts.Limits.Steps, g.Holds)
		}
	}
	if s.Decision.Plan.Conclude.State() == schema.ClosedSkipped || first != "" {
		require.Equal(m.t, first, s.Decision.Plan.Conclude)
	}
}

// shows: the person is shown what was foretold, on those channels.
func (m *mix) shows(issue schema.Issue, s schema.Simulation) {
	t := m.t
	view, err := readView(t.Context(), m.db, viewOfIssue, issue.SysID)
	require.NoError(t, err)
	shown, foretold := view.View, s.View
	require.WithinDuration(t, shown.Conversation.Until, foretold.Conversation.Until, time.Minute)
	require.WithinDuration(t, shown.Conversation.RemindAt, foretold.Conversation.RemindAt, time.Minute)
	foretold.ExperienceID, foretold.Events, foretold.Conversation.SysID = shown.ExperienceID, shown.Events, shown.Conversation.SysID
	foretold.Conversation.Until, foretold.Conversation.RemindAt = shown.Conversation.Until, shown.Conversation.RemindAt
	require.Equal(t, shown, foretold)
	var channels []schema.Reach
	require.NoError(t, m.db.selectAll(t.Context(), &channels, channelsForPerson, issue.SysID, issue.Step))
	require.Equal(t, channels, s.Channels)
	m.seen["shown in "+shown.Language]++
	if slices.ContainsFunc(channels, func(c schema.Reach) bool { return !c.Works }) {
		m.seen["unreached"]++
	}
}
