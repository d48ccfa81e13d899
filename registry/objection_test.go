package registry

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// helpful is what issues can refer to; nothing is wrong with it.
const helpful = `
providers: [{provider_code: p}]
users: [{user_name: abel}]
user_criteria: [{name: sales, departments: [Sales]}]
notification_channels:
  - {name: mail, type: email, host: localhost, from: a@b.c}
  - {name: screen, type: desktop}
  - {name: desk, type: email, audience: desk, host: localhost, from: a@b.c, to: d@e.f}
remedial_actions:
  - {name: act, kind: ci_action, target: x}
  - {name: wipe, kind: ci_action, target: x, sensitive: true}
resolutions:
  - {name: do, type: remedial_action, remedial_action: act}
  - {name: clean, type: remedial_action, remedial_action: wipe}
  - {name: steps, type: self_help, instructions: [x]}
  - {name: page, type: url, url: "https://a"}
  - {name: ticket, type: create_incident}
notification_contents:
  - {name: words, prompt: May we help, consent_text: We would.}
  - {name: prompt-only, prompt: May we help}
  - {name: nothing}
`

// deploy is an issue of provider p with code 1.
func deploy(fields string) string {
	return "issues: [{provider: p, issue_code: 1, deployed: true, " + fields + "}]\n"
}

// nonsense is each issue that makes no sense with what it refers to.
var nonsense = []struct{ issue, sentence string }{
	{"resolution: steps", "engagement: silent shows nothing to anybody, and resolution steps of type self_help is something to see"},
	{"resolution: page, engagement: silent", "engagement: silent shows nothing to anybody, and resolution page of type url is something to see"},
	{"resolution: do, engagement: notify_only, notification_content: words", "engagement: notify_only tells the person something and asks nothing, so resolution do of type remedial_action would never come about"},
	{"resolution: ticket, engagement: notify_only, notification_content: words", "engagement: notify_only tells the person something and asks nothing, so resolution ticket of type create_incident"},
	{"resolution: steps, engagement: engage, notification_content: words, consent: true", "consent: resolution steps of type self_help does nothing that needs consent"},
	{"resolution: page, engagement: engage, notification_content: words, consent: true", "consent: resolution page of type url does nothing that needs consent"},
	{"resolution: clean", "consent: remedial action wipe is sensitive, so it runs only with the person's consent: set engagement: engage and consent: true"},
	{"resolution: clean, engagement: engage, notification_content: words", "consent: remedial action wipe is sensitive"},
	{"resolution: do, engagement: engage, notification_content: nothing", "notification_content: nothing has no prompt, and engagement engage needs words for the person"},
	{"resolution: page, engagement: notify_only, notification_content: nothing", "notification_content: nothing has no prompt, and engagement notify_only needs words for the person"},
	{"resolution: do, engagement: engage, notification_content: prompt-only, consent: true", "notification_content: prompt-only has no consent_text, and nobody can agree to what they are not told"},
	{"resolution: ticket, engagement: engage, notification_content: words, confirm_within: 1h", "confirm_within: resolution ticket of type create_incident leaves nothing of which the person could say whether it helped"},
	{"resolution: do, engagement: engage, notification_content: words, channels: [mail, desk]", "channels: desk reaches the desk and not the person"},
}

func TestNonsenseWithinTheFilesIsRefusedWhenTheyAreRead(t *testing.T) {
	for _, c := range nonsense {
		_, _, err := Read(File{"c.yaml", []byte(helpful + deploy(c.issue))})
		require.ErrorContains(t, err, "c.yaml:22: issues[0]."+c.sentence)
		require.Len(t, err, 1, c.issue)
	}
}

func TestNonsenseWithWhatTheDatabaseHasIsRefused(t *testing.T) {
	for _, c := range nonsense {
		store := &storeOf{known: database(t, helpful)}
		_, err := Apply(t.Context(), store, read(t, deploy(c.issue)), "tester")
		require.ErrorContains(t, err, "c.yaml:1: issues[0]."+c.sentence)
		require.Len(t, err, 1, c.issue)
		require.Empty(t, store.decided)
	}
}

func TestWhatMakesSenseIsTaken(t *testing.T) {
	for _, issue := range []string{
		"resolution: do",
		"resolution: ticket, notification_content: nothing",
		"resolution: do, engagement: engage, notification_content: prompt-only",
		"resolution: do, engagement: engage, notification_content: words, consent: true, consent_within: 1h, confirm_within: 1h, accept_within: 1h",
		"resolution: clean, engagement: engage, notification_content: words, consent: true, channels: [mail, screen]",
		"resolution: ticket, engagement: engage, notification_content: words, consent: true",
		"resolution: steps, engagement: engage, notification_content: prompt-only, confirm_within: 1h, fallback: live_agent",
		"resolution: page, engagement: engage, notification_content: prompt-only",
		"resolution: steps, engagement: notify_only, notification_content: prompt-only, channels: [mail]",
		"resolution: page, engagement: notify_only, notification_content: prompt-only, include: [sales]",
		"resolution: do, fallback: live_agent, exclude: [sales], category: application, user_limit: {count: 1, window: 1h}",
	} {
		changes, err := Apply(t.Context(), &storeOf{known: database(t, helpful)}, read(t, deploy(issue)), "tester")
		require.NoError(t, err, issue)
		require.Empty(t, changes.Warnings, issue)
	}
}

func TestWhatIsReferredToMustExist(t *testing.T) {
	for text, sentence := range map[string]string{
		deploy("engagement: engage, notification_content: words, resolution: do, channels: [mail, telex]"): `issues[0].channels: there is no "telex" in notification_channels, here or in the database`,
		deploy("resolution: do, include: [marketing]"):                                                     `issues[0].include: there is no "marketing" in user_criteria, here or in the database`,
		deploy("resolution: do, exclude: [marketing]"):                                                     `issues[0].exclude: there is no "marketing" in user_criteria`,
		"user_criteria: [{name: a, users: [abel, beth]}]":                                                  `user_criteria[0].users: there is no user "beth", here or in the database`,
		deploy("resolution: do, notification_content: novel"):                                              `issues[0].notification_content: there is no "novel" in notification_contents`,
		deploy("resolution: do, fallback: live_agent") + mute("desk"):                                      `issues[0].fallback: live_agent needs a way to tell the desk: have an active channel with audience desk in notification_channels`,
	} {
		_, err := Apply(t.Context(), &storeOf{known: database(t, helpful)}, read(t, text), "tester")
		require.ErrorContains(t, err, "c.yaml:1: "+sentence)
	}
}

// mute is a channel of helpful with its switch off.
func mute(name string) string {
	return map[string]string{
		"mail":   "notification_channels: [{name: mail, type: email, host: localhost, from: a@b.c, active: false}]\n",
		"screen": "notification_channels: [{name: screen, type: desktop, active: false}]\n",
		"desk":   "notification_channels: [{name: desk, type: email, audience: desk, host: localhost, from: a@b.c, to: d@e.f, active: false}]\n",
	}[name]
}

// Each file changes only what a deployed issue refers to; the issue itself is in the database.
func TestADeployedIssueMustGoOnMakingSense(t *testing.T) {
	const made = ", would make no sense any more, as its "
	for _, c := range []struct{ deployed, change, sentence string }{
		{"resolution: do", "resolutions: [{name: do, type: self_help, instructions: [x]}]",
			"c.yaml:1: resolutions[0].type: issue p/1, which is deployed in the database" + made + "engagement: silent shows nothing to anybody"},
		{"resolution: page, engagement: notify_only, notification_content: words", "resolutions: [{name: page, type: create_incident}]",
			"c.yaml:1: resolutions[0].type: issue p/1, which is deployed in the database" + made + "engagement: notify_only tells"},
		{"resolution: do, engagement: engage, notification_content: words, consent: true", "resolutions: [{name: do, type: url, url: 'https://a'}]",
			made + "consent: resolution do of type url does nothing that needs consent"},
		{"resolution: do, engagement: engage, notification_content: words, confirm_within: 1h", "resolutions: [{name: do, type: create_incident}]",
			made + "confirm_within: resolution do of type create_incident"},
		{"resolution: do", "remedial_actions: [{name: act, kind: ci_action, target: x, sensitive: true}]",
			"c.yaml:1: remedial_actions[0].sensitive: issue p/1, which is deployed in the database" + made + "consent: remedial action act is sensitive"},
		{"resolution: do", "resolutions: [{name: do, type: remedial_action, remedial_action: wipe}]",
			"c.yaml:1: resolutions[0].remedial_action: issue p/1, which is deployed in the database" + made + "consent: remedial action wipe is sensitive"},
		{"resolution: do, engagement: engage, notification_content: words", "notification_contents: [{name: words, consent_text: We would.}]",
			"c.yaml:1: notification_contents[0].prompt: issue p/1, which is deployed in the database" + made + "notification_content: words has no prompt"},
		{"resolution: do, engagement: engage, notification_content: words, consent: true", "notification_contents: [{name: words, prompt: May we help}]",
			"c.yaml:1: notification_contents[0].consent_text: issue p/1, which is deployed in the database" + made + "notification_content: words has no consent_text"},
		{"resolution: do, engagement: engage, notification_content: words, channels: [mail]", "notification_channels: [{name: mail, type: email, audience: desk, host: localhost, from: a@b.c, to: d@e.f}]",
			"c.yaml:1: notification_channels[0].audience: issue p/1, which is deployed in the database" + made + "channels: mail reaches the desk"},
		{"resolution: do, fallback: live_agent", mute("desk"),
			"c.yaml:1: notification_channels[0].active: issue p/1, which is deployed in the database" + made + "fallback: live_agent needs a way to tell the desk"},
		{"resolution: do, fallback: live_agent", "notification_channels: [{name: desk, type: email, host: localhost, from: a@b.c}]",
			"c.yaml:1: notification_channels[0].audience: issue p/1, which is deployed in the database" + made + "fallback: live_agent needs"},
	} {
		known := database(t, helpful+deploy(c.deployed))
		_, err := Apply(t.Context(), &storeOf{known: known}, read(t, c.change), "tester")
		require.ErrorContains(t, err, c.sentence)
		require.Len(t, err, 1, c.change)

		withdrawn := c.change + "\n" + strings.Replace(deploy("resolution: ticket"), "deployed: true", "deployed: false", 1)
		_, err = Apply(t.Context(), &storeOf{known: known}, read(t, withdrawn), "tester")
		require.NoError(t, err, "the same file withdraws the issue")
		_, err = Apply(t.Context(), &storeOf{known: known}, read(t, strings.Replace(withdrawn, "deployed: false, ", "", 1)), "tester")
		require.ErrorContains(t, err, c.sentence, "a template that is not deployed leaves what is")
	}
}

func TestWhatWasNonsenseBeforeIsNobodysFault(t *testing.T) {
	known := database(t, helpful+deploy("resolution: do"))
	known.Deployed[0].Resolution, known.Deployed[0].Fallback = "steps", schema.FallbackLiveAgent
	known.Channels = slices.DeleteFunc(known.Channels, func(c schema.Channel) bool { return c.Name == "desk" })
	_, err := Apply(t.Context(), &storeOf{known: known}, read(t, "users: [{user_name: beth}]"), "tester")
	require.NoError(t, err)
}

func TestWhatReachesNobodyIsDoubted(t *testing.T) {
	const asks = "resolution: do, engagement: engage, notification_content: words, "
	const noCode = "no channel of type desktop is active, and consent to a sensitive action needs the code"
	const noReach = "no channel that it may use for the person is active: each such issue ends with notification_failed"
	for _, c := range []struct{ name, database, text, warning string }{
		{"the named channel is off", helpful, deploy(asks+"channels: [mail]") + mute("mail"), "issues[0].channels: " + noReach},
		{"the named channel goes off", helpful + deploy(asks+"channels: [mail]"), mute("mail"),
			"notification_channels[0].active: issue p/1, which is deployed in the database, becomes doubtful, as its channels: " + noReach},
		{"no desktop", helpful, deploy("resolution: clean, engagement: engage, notification_content: words, consent: true") + mute("screen"), "issues[0].channels: " + noCode},
		{"the desktop goes off", helpful + deploy("resolution: clean, engagement: engage, notification_content: words, consent: true"), mute("screen"),
			"notification_channels[0].active: issue p/1, which is deployed in the database, becomes doubtful, as its channels: " + noCode},
		{"words that are off", helpful, "notification_contents: [{name: words, prompt: x, active: false}]\n" + deploy(asks), "issues[0].notification_content: words is not active"},
		{"criteria that are off", helpful, "user_criteria: [{name: sales, departments: [x], active: false}]\n" + deploy("resolution: do, include: [sales]"),
			"issues[0].include: sales is not active: it matches nobody until it is"},
	} {
		t.Run(c.name, func(t *testing.T) {
			changes, err := Apply(t.Context(), &storeOf{known: database(t, c.database)}, read(t, c.text), "tester")
			require.NoError(t, err)
			require.Len(t, changes.Warnings, 1)
			require.Contains(t, changes.Warnings[0].String(), c.warning)
		})
	}
}

// database is what is known after these rows were applied.
func database(t *testing.T, text string) schema.Catalogue {
	t.Helper()
	store := &storeOf{}
	_, err := Apply(t.Context(), store, read(t, text), "tester")
	require.NoError(t, err)
	for _, i := range store.decided.Issues {
		if i.Deployed != nil && *i.Deployed {
			store.decided.Deployed = append(store.decided.Deployed, i)
		}
	}
	return store.decided
}
