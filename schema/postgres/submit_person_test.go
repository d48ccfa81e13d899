package postgres

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"proactive/schema"
)

func TestThePersonIsWhoAllNamesHaveInCommon(t *testing.T) {
	w := newIssueWorld(t)
	for what, c := range map[string]struct {
		in   schema.Endpoint
		want string
	}{
		"by sys_id":                                   {schema.Endpoint{UserID: md5("fred")}, "fred"},
		"by user_name":                                {schema.Endpoint{UserName: "fred.luddy"}, "fred"},
		"a user_name has no case":                     {schema.Endpoint{UserName: "Fred.LUDDY"}, "fred"},
		"by email":                                    {schema.Endpoint{Email: "fred@example.com"}, "fred"},
		"an email has no case":                        {schema.Endpoint{Email: "FRED@Example.COM"}, "fred"},
		"two names of one person":                     {schema.Endpoint{UserName: "fred.luddy", Email: "fred@example.com"}, "fred"},
		"three names of one person":                   {schema.Endpoint{UserID: md5("fred"), UserName: "fred.luddy", Email: "fred@example.com"}, "fred"},
		"a name narrows a shared email":               {schema.Endpoint{UserName: "beth.anglin", Email: "shared@example.com"}, "beth"},
		"a sys_id narrows a shared email":             {schema.Endpoint{UserID: md5("abel"), Email: "shared@example.com"}, "abel"},
		"a name that finds nobody does not count":     {schema.Endpoint{UserName: "fred.luddy", Email: "nobody@example.com"}, "fred"},
		"nor does a name of somebody who has left":    {schema.Endpoint{UserName: "fred.luddy", Email: "leaver@example.com"}, "fred"},
		"the CI's owner where no name is given":       {schema.Endpoint{CI: md5("fred-laptop")}, "fred"},
		"a name counts more than the CI's owner":      {schema.Endpoint{UserName: "beth.anglin", CI: md5("fred-laptop")}, "beth"},
		"an unknown CI beside a known person is kept": {schema.Endpoint{UserName: "beth.anglin", CI: "unheard of"}, "beth"},
	} {
		t.Run(what, func(t *testing.T) {
			w.t = t
			issue := w.issue(w.submit("100", by(c.in)))
			defer w.db.Cancel(t.Context(), issue.ExperienceID, "test") //nolint:errcheck // makes room for the next one
			assert.Equal(t, md5(c.want), issue.User)
			assert.Equal(t, c.in.CI, issue.CI, "a CI is kept as it was reported, and never inferred from the person")
		})
	}
	w.t = t
}

func TestNobodyIsEverGuessed(t *testing.T) {
	w := newIssueWorld(t)
	for what, in := range map[string]schema.Endpoint{
		"nobody of that name":                         {UserName: "nobody"},
		"two people of one email":                     {Email: "shared@example.com"},
		"names of two people":                         {UserName: "fred.luddy", Email: "shared@example.com"},
		"a sys_id and a user_name of two people":      {UserID: md5("fred"), UserName: "beth.anglin"},
		"inactive":                                    {UserName: "leaver"},
		"locked out":                                  {UserID: md5("locked")},
		"a service account":                           {UserName: "robot"},
		"a service account by email":                  {Email: "robot@example.com"},
		"a sys_id is no user_name":                    {UserName: md5("fred")},
		"a user_name is no sys_id":                    {UserID: "fred.luddy"},
		"a blank email finds nobody who has none":     {Email: " "},
		"a pattern is no name":                        {UserName: "fred%"},
		"an unknown CI":                               {CI: "unheard of"},
		"a CI of nobody":                              {CI: md5("spare")},
		"a CI of somebody who has left":               {CI: md5("leaver-laptop")},
		"a CI of a service account":                   {CI: md5("robot-laptop")},
		"the CI does not help where a name is given":  {UserName: "nobody", CI: md5("fred-laptop")},
		"nor where the names point to several people": {Email: "shared@example.com", CI: md5("fred-laptop")},
		"nothing at all":                              {},
	} {
		t.Run(what, func(t *testing.T) {
			w.t = t
			w.refused(schema.NoUser, "100", by(in))
		})
	}
	w.t = t
	assert.Zero(t, value[int](w, `SELECT count(*) FROM sn_pren_experience_issue`))
}
