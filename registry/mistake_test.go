package registry

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each mistake stands alone in its file; the sentence begins with file, line and field.
var mistakes = []struct{ text, sentence string }{
	// the file
	{"a: [", "c.yaml:1: this is no YAML: "},
	{"issues:\n\t- {provider: sn}", "c.yaml:2: this is no YAML: the line is indented with a tab, and YAML knows only spaces there"},
	{"users:\n- {user_name: a\x00b}", "c.yaml:2: this is no YAML: control characters are not allowed"},
	{"users:\n\n- {user_name: \xff}", "c.yaml:3: this is no YAML: "},
	{"- 1", "c.yaml:1: must be fields with values (name: value), and is a list"},
	{"users: []\n---\nusers: []", "c.yaml:2: a file holds one document: put what follows --- into a file of its own"},
	{"userz: []", "c.yaml:1: userz: there is no such field: use one of computers, issues, notification_channels, notification_contents, outcomes, properties, providers, rate_limit_rules, remedial_actions, resolutions, service_accounts, service_desks, user_criteria, users"},
	{"users: []\nusers: []", "c.yaml:2: users: stands twice, first in line 1: remove one"},
	{"users: {a: b}", "c.yaml:1: users: must be a list of rows, and is an object"},
	{"users: [abel]", "c.yaml:1: users[0]: must be fields with values (name: value), and is text"},
	{"users:\n- &u {user_name: a}\n- {<<: *u}", "c.yaml:3: users[1]: merge keys (<<) are not read"},
	{"users: [{[a]: b, user_name: x}]", "c.yaml:1: users[0]: the name of a field must be a word, and is a list"},
	{"users: &a [{user_name: *a}]", "c.yaml:1: the file is nested deeper than 64 levels, or an alias contains itself"},
	{"users: [{user_name: !custom x}]", "c.yaml:1: users[0].user_name: must be text, and is of the unknown type !custom"},

	// providers
	{"providers: [{name: x}]", "c.yaml:1: providers[0].provider_code: is missing: give it a value"},
	{"providers: [{provider_code: ' '}]", "c.yaml:1: providers[0].provider_code: is missing"},
	{"providers: [{provider_code: [a]}]", "c.yaml:1: providers[0].provider_code: must be text, and is a list"},
	{"providers: [{provider_code: true}]", `c.yaml:1: providers[0].provider_code: must be text: write it in quotes, "true"`},
	{"providers: [{provider_code: \"a\\0\"}]", "c.yaml:1: providers[0].provider_code: holds a character that cannot be stored"},
	{"providers: [{provider_code: a, name: {}}]", "c.yaml:1: providers[0].name: must be text, and is an object"},
	{"providers: [{provider_code: a, active: 1}]", "c.yaml:1: providers[0].active: must be true or false, and is a number"},
	{"providers:\n  - provider_code: a\n    colour: red", "c.yaml:3: providers[0].colour: there is no such field: use one of active, name, provider_code"},
	{"providers:\n  - provider_code: a\n  - provider_code: a", "c.yaml:3: providers[1].provider_code: this provider stands in c.yaml:2 already: remove one"},

	// users
	{"users: [{}]", "c.yaml:1: users[0].user_name: is missing"},
	{"providers: [{provider_code: " + strings.Repeat("c", 1001) + "}]", "c.yaml:1: providers[0].provider_code: must not be longer than 1000 bytes"},
	{"users: [{user_name: a, sys_id: ABC}]", "c.yaml:1: users[0].sys_id: must be 32 hexadecimal digits (0-9, a-f)"},
	{"users: [{user_name: a, first_name: []}]", "c.yaml:1: users[0].first_name: must be text"},
	{"users: [{user_name: a, last_name: []}]", "c.yaml:1: users[0].last_name: must be text"},
	{"users: [{user_name: a, email: []}]", "c.yaml:1: users[0].email: must be text"},
	{"users: [{user_name: a, active: ja}]", "c.yaml:1: users[0].active: must be true or false, and is text"},
	{"users: [{user_name: a, locked_out: 0}]", "c.yaml:1: users[0].locked_out: must be true or false"},
	{"users:\n- user_name: a\n- user_name: A", "c.yaml:3: users[1].user_name: this user stands in c.yaml:2 already"},
	{"users: [{user_name: a}]\nservice_accounts: [{user_name: A}]", "c.yaml:2: service_accounts[0].user_name: this user stands in c.yaml:1 already"},

	{"users: [{user_name: a, preferred_language: German}]", "c.yaml:1: users[0].preferred_language: must be the tag of a language, like en, de or pt-BR"},
	{"users: [{user_name: a, time_zone: Mars/Olympus}]", "c.yaml:1: users[0].time_zone: must be the name of a time zone, like Europe/Berlin"},
	{"users: [{user_name: a, time_zone: Local}]", "c.yaml:1: users[0].time_zone: must be the name of a time zone"},
	{"users: [{user_name: a, department: []}]", "c.yaml:1: users[0].department: must be text"},
	{"users: [{user_name: a, location: {}}]", "c.yaml:1: users[0].location: must be text"},
	{"users: [{user_name: a, roles: manager}]", "c.yaml:1: users[0].roles: must be a list [a, b], and is text"},

	// user_criteria
	{"user_criteria: [{roles: [a]}]", "c.yaml:1: user_criteria[0].name: is missing"},
	{"user_criteria: [{name: a, users: abel}]", "c.yaml:1: user_criteria[0].users: must be a list [a, b], and is text"},
	{"user_criteria: [{name: a, roles: ['']}]", "c.yaml:1: user_criteria[0].roles[0]: is empty: remove it"},
	{"user_criteria: [{name: a, departments: [b, b]}]", `c.yaml:1: user_criteria[0].departments: "b" stands twice: remove one`},
	{"user_criteria: [{name: a, locations: 1}]", "c.yaml:1: user_criteria[0].locations: must be a list [a, b], and is a number"},
	{"user_criteria: [{name: a, roles: [b], match_all: both}]", "c.yaml:1: user_criteria[0].match_all: must be true or false, and is text"},
	{"user_criteria: [{name: a, roles: [b], active: 1}]", "c.yaml:1: user_criteria[0].active: must be true or false"},
	{"user_criteria:\n- {name: a, roles: [b]}\n- {name: a, roles: [b]}", "c.yaml:3: user_criteria[1].name: this user criteria stands in c.yaml:2 already"},
	{"{service_accounts: [{user_name: tool}], user_criteria: [{name: a, users: [Tool]}]}", `c.yaml:1: user_criteria[0].users: "Tool" is a service account: criteria are about people`},

	// notification_channels
	{"notification_channels: [{type: desktop}]", "c.yaml:1: notification_channels[0].name: is missing"},
	{"notification_channels: [{name: a}]", "c.yaml:1: notification_channels[0].type: is missing: use email, webhook or desktop"},
	{"notification_channels: [{name: a, type: pigeon}]", "c.yaml:1: notification_channels[0].type: must be one of email, webhook, desktop"},
	{"notification_channels: [{name: a, type: desktop, audience: all}]", "c.yaml:1: notification_channels[0].audience: must be one of person, desk"},
	{"notification_channels: [{name: a, type: desktop, audience: desk}]", "c.yaml:1: notification_channels[0].audience: a channel of type desktop shows something on the person's device, and the desk has none"},
	{"notification_channels: [{name: a, type: desktop, attempts: 21}]", "c.yaml:1: notification_channels[0].attempts: must be a whole number from 1 to 20"},
	{"notification_channels: [{name: a, type: desktop, attempts: 0}]", "c.yaml:1: notification_channels[0].attempts: must be a whole number from 1 to 20"},
	{"notification_channels: [{name: a, type: desktop, active: 'on'}]", "c.yaml:1: notification_channels[0].active: must be true or false"},
	{"notification_channels:\n- {name: a, type: desktop}\n- {name: a, type: desktop}", "c.yaml:3: notification_channels[1].name: this notification channel stands in c.yaml:2 already"},
	{"notification_channels: [{name: a, type: desktop, host: a}]", "c.yaml:1: notification_channels[0].host: is for a channel of type email and does nothing for desktop: remove it"},
	{withHook("port: 25"), "c.yaml:1: notification_channels[0].port: is for a channel of type email and does nothing for webhook"},
	{withMail("url: 'https://a'"), "c.yaml:1: notification_channels[0].url: is for a channel of type webhook and does nothing for email"},
	{withMail("secret: {$secret: A}"), "c.yaml:1: notification_channels[0].secret: is for a channel of type webhook"},
	{withMail("template: {}"), "c.yaml:1: notification_channels[0].template: is for a channel of type webhook"},
	{withMail("offer_for: 15m"), "c.yaml:1: notification_channels[0].offer_for: is for a channel of type desktop"},
	{"notification_channels: [{name: a, type: desktop, offer_for: 15}]", "c.yaml:1: notification_channels[0].offer_for: must be a duration with its unit"},
	{"notification_channels: [{name: a, type: email, from: a@b.c}]", "c.yaml:1: notification_channels[0].host: is missing"},
	{"notification_channels: [{name: a, type: email, from: a@b.c, host: 'smtp://mail.example.com'}]", "c.yaml:1: notification_channels[0].host: must be the name or IP address of a machine, such as smtp.example.com, without scheme and port"},
	{"notification_channels: [{name: a, type: email, from: a@b.c, host: 'mail.example.com:25'}]", "c.yaml:1: notification_channels[0].host: must be the name or IP address"},
	{withMail("port: 70000"), "c.yaml:1: notification_channels[0].port: must be a whole number from 1 to 65535"},
	{withMail("tls: maybe"), "c.yaml:1: notification_channels[0].tls: must be one of starttls, implicit, none"},
	{withMail("tls: none"), "c.yaml:1: notification_channels[0].tls: none sends everything in the clear, which is for a server on this machine alone"},
	{withMail("username: u"), "c.yaml:1: notification_channels[0].password: is missing beside username: write {$secret: NAME} and set PROACTIVE_SECRET_NAME"},
	{withMail("password: {$secret: P}"), "c.yaml:1: notification_channels[0].username: is missing beside password"},
	{withMail("username: u, password: hunter2"), "c.yaml:1: notification_channels[0].password: must be {$secret: NAME}, as the catalogue is no place for a secret: write that and set PROACTIVE_SECRET_NAME"},
	{withMail("username: u, password: {value: hunter2}"), "c.yaml:1: notification_channels[0].password: must be {$secret: NAME}"},
	{withMail("username: u, password: {$input: P}"), "c.yaml:1: notification_channels[0].password: must be {$secret: NAME}"},
	{withMail("username: u, password: {$secret: p}"), "c.yaml:1: notification_channels[0].password: the name after $secret must be made of A-Z, 0-9 and _"},
	{"notification_channels: [{name: a, type: email, host: mail.example.com}]", "c.yaml:1: notification_channels[0].from: is missing: give it the address"},
	{"notification_channels: [{name: a, type: email, host: mail.example.com, from: the desk}]", "c.yaml:1: notification_channels[0].from: must be one address, like desk@example.com or Service Desk <desk@example.com>"},
	{withMail("reply_to: 'a@b.c, d@e.f'"), "c.yaml:1: notification_channels[0].reply_to: must be one address"},
	{withMail("reply_to: \"a@b.c\\r\\n\""), "c.yaml:1: notification_channels[0].reply_to: must be one address"},
	{withMail("audience: desk"), "c.yaml:1: notification_channels[0].to: is missing: give it the address of the desk"},
	{withMail("to: d@e.f"), "c.yaml:1: notification_channels[0].to: is for a channel with audience desk: a person is written to at the address of their own record"},
	{withMail("audience: desk, to: desk"), "c.yaml:1: notification_channels[0].to: must be one address"},
	{"notification_channels: [{name: a, type: webhook, secret: {$secret: A}}]", "c.yaml:1: notification_channels[0].url: is missing"},
	{"notification_channels: [{name: a, type: webhook, secret: {$secret: A}, url: /hook}]", "c.yaml:1: notification_channels[0].url: must be an absolute address that begins with https://, without user and password"},
	{"notification_channels: [{name: a, type: webhook, secret: {$secret: A}, url: 'https://u:p@a.b'}]", "c.yaml:1: notification_channels[0].url: must be an absolute address"},
	{"notification_channels: [{name: a, type: webhook, secret: {$secret: A}, url: 'http://a.example.com'}]", "c.yaml:1: notification_channels[0].url: must begin with https://, as it carries links that act for a person"},
	{"notification_channels: [{name: a, type: webhook, secret: {$secret: A}, url: {$input: A}}]", "c.yaml:1: notification_channels[0].url: must be {$secret: NAME}"},
	{"notification_channels: [{name: a, type: webhook, url: 'https://a'}]", "c.yaml:1: notification_channels[0].secret: is missing: what is sent is signed with it; write {$secret: NAME} and set PROACTIVE_SECRET_NAME"},
	{"notification_channels: [{name: a, type: webhook, url: 'https://a', secret: whsec_aHVudGVyMg==}]", "c.yaml:1: notification_channels[0].secret: must be {$secret: NAME}"},
	{withHook("template: [1]"), "c.yaml:1: notification_channels[0].template: must be an object {name: value}, and is a list"},
	{withHook("template: {text: [{$input: body}], link: {$input: link}}"), `c.yaml:1: notification_channels[0].template: text[0] there is no value "body": use one of occasion, title, text, link, `},
	{withHook("template: {text: {$input: text, x: 1}}"), "c.yaml:1: notification_channels[0].template: text $input must stand alone in its object"},
	{withHook("template: {key: {$secret: K}}"), "c.yaml:1: notification_channels[0].template: key a secret is not sent in a message"},
	{withHook("template: {password: hunter2}"), "c.yaml:1: notification_channels[0].template: password looks like a secret, which is not sent in a message"},

	// service_accounts
	{"service_accounts: [{}]", "c.yaml:1: service_accounts[0].user_name: is missing"},
	{"service_accounts: [{user_name: 'a:b'}]", "c.yaml:1: service_accounts[0].user_name: must not hold a colon"},
	{"service_accounts: [{user_name: a, active: 1}]", "c.yaml:1: service_accounts[0].active: must be true or false"},
	{"service_accounts: [{user_name: a, locked_out: 0}]", "c.yaml:1: service_accounts[0].locked_out: must be true or false"},
	{"service_accounts: [{user_name: a, roles: [boss]}]", `c.yaml:1: service_accounts[0].roles: there is no role "boss": use sn_pren.experience_issue_create, sn_pren.experience_issue_read, sn_pren.issue_registry_template_write, sn_pren.issue_registry_write, sn_pren.solution_provider, sn_pren.engagement_admin, itil, admin`},
	{"service_accounts: [{user_name: a, roles: admin}]", "c.yaml:1: service_accounts[0].roles: must be a list [a, b], and is text"},
	{"service_accounts: [{user_name: a, roles: [admin, admin]}]", `c.yaml:1: service_accounts[0].roles: "admin" stands twice: remove one`},
	{"service_accounts: [{user_name: a, providers: ['']}]", "c.yaml:1: service_accounts[0].providers[0]: is empty: remove it"},
	{"service_accounts: [{user_name: a, password: ''}]", "c.yaml:1: service_accounts[0].password: is empty"},
	{"service_accounts: [{user_name: a, password: x, password_env: PATH}]", "c.yaml:1: service_accounts[0].password_env: stands beside password: remove one"},
	{"service_accounts: [{user_name: a, password_env: [PATH]}]", "c.yaml:1: service_accounts[0].password_env: must be text, and is a list"},
	{"service_accounts: [{user_name: a, api_key: short}]", "c.yaml:1: service_accounts[0].api_key: an API key has at least 32 characters"},
	{"service_accounts: [{user_name: a, api_key: 0123456789abcdef0123456789abcdef, api_key_env: PATH}]", "c.yaml:1: service_accounts[0].api_key_env: stands beside api_key: remove one"},
	{"service_accounts:\n- {user_name: a, api_key: 0123456789abcdef0123456789abcdef}\n- {user_name: b, api_key: 0123456789abcdef0123456789abcdef}",
		"c.yaml:3: service_accounts[1].api_key: this API key stands in c.yaml:2 already"},

	// outcomes
	{"outcomes: [{}]", "c.yaml:1: outcomes[0].provider: is missing"},
	{"outcomes: [{provider: p, active: 1}]", "c.yaml:1: outcomes[0].active: must be true or false"},
	{"outcomes: [{provider: p}, {provider: p}]", "c.yaml:1: outcomes[1].provider: this receiver of outcomes stands in c.yaml:1 already"},
	{"outcomes: [{provider: p, states: [open]}]", `c.yaml:1: outcomes[0].states: nobody hears of a state "open": use in_progress, action_wait, closed_complete`},
	{"outcomes: [{provider: p, states: []}]", "c.yaml:1: outcomes[0].states: is empty: name some, or remove it for all but in_progress"},
	{"outcomes: [{provider: p, secret: {$secret: A}}]", "c.yaml:1: outcomes[0].secret: signs what is sent to a url, and there is none"},
	{"outcomes: [{provider: p, give_up_after: 1h}]", "c.yaml:1: outcomes[0].give_up_after: is about what is sent to a url, and there is none"},
	{"outcomes: [{provider: p, url: 'https://a', secret: {$secret: A}, give_up_after: 1}]", "c.yaml:1: outcomes[0].give_up_after: must be a duration"},
	{"outcomes: [{provider: p, url: 'https://a'}]", "c.yaml:1: outcomes[0].secret: is missing: what is sent is signed with it"},
	{"outcomes: [{provider: p, url: 'https://a', secret: s3cret}]", "c.yaml:1: outcomes[0].secret: must be {$secret: NAME}"},
	{"outcomes: [{provider: p, url: 'http://a.example.com', secret: {$secret: A}}]", "c.yaml:1: outcomes[0].url: must begin with https://"},

	// service_desks
	{"service_desks: [{type: webhook, url: 'https://a', secret: {$secret: A}}]", "c.yaml:1: service_desks[0].name: is missing"},
	{"service_desks: [{name: a}]", "c.yaml:1: service_desks[0].type: is missing: use servicenow or webhook"},
	{"service_desks: [{name: a, type: jira}]", "c.yaml:1: service_desks[0].type: must be one of servicenow, webhook"},
	{"service_desks: [{name: a, type: webhook, url: 'https://a'}]", "c.yaml:1: service_desks[0].secret: is missing"},
	{"service_desks: [{name: a, type: webhook, url: x, secret: {$secret: A}}]", "c.yaml:1: service_desks[0].url: must be an absolute address"},
	{withDesk("active: 1"), "c.yaml:1: service_desks[0].active: must be true or false"},
	{withDesk("give_up_after: never"), "c.yaml:1: service_desks[0].give_up_after: must be a duration"},
	{"service_desks: [{name: a, type: servicenow, token: {$secret: A}}]", "c.yaml:1: service_desks[0].instance: is missing"},
	{"service_desks: [{name: a, type: servicenow, instance: 'https://a/?x=y', token: {$secret: A}}]", "c.yaml:1: service_desks[0].instance: must be the address of an instance alone"},
	{"service_desks: [{name: a, type: servicenow, instance: 'https://a?', token: {$secret: A}}]", "c.yaml:1: service_desks[0].instance: must be the address of an instance alone"},
	{"service_desks: [{name: a, type: servicenow, instance: 'https://a', username: '', password: {$secret: A}}]", "c.yaml:1: service_desks[0].username: goes with password"},
	{"service_desks: [{name: a, type: servicenow, instance: 'https://a'}]", "c.yaml:1: service_desks[0].instance: needs one way to sign in"},
	{withDesk("api_key: {$secret: A}"), "c.yaml:1: service_desks[0].instance: needs one way to sign in"},
	{withDesk("username: a"), "c.yaml:1: service_desks[0].username: goes with password"},
	{"service_desks: [{name: a, type: servicenow, instance: 'https://a', username: 'a:b', password: {$secret: A}}]", "c.yaml:1: service_desks[0].username: must not hold a colon"},
	{"service_desks: [{name: a, type: servicenow, instance: 'https://a', token: t0ken}]", "c.yaml:1: service_desks[0].token: must be {$secret: NAME}"},
	{"service_desks: [{name: a, type: servicenow, instance: 'https://a', username: a, password: s3cret}]", "c.yaml:1: service_desks[0].password: must be {$secret: NAME}"},
	{"service_desks: [{name: a, type: servicenow, instance: 'https://a', api_key: k}]", "c.yaml:1: service_desks[0].api_key: must be {$secret: NAME}"},
	{withDesk("caller: phone"), "c.yaml:1: service_desks[0].caller: must be one of user_name, email"},
	{withDesk("fields: {impact: 1}"), "c.yaml:1: service_desks[0].fields: must be names with texts"},
	{withDesk("fields: {'Impact^': a}"), "c.yaml:1: service_desks[0].fields: \"Impact^\" is no name of a field"},
	{withDesk("fields: {correlation_id: a}"), "c.yaml:1: service_desks[0].fields: correlation_id is how an incident is found again"},
	{withDesk("fields: {correlation_display: ''}"), "c.yaml:1: service_desks[0].fields: correlation_display tells our incident from those of others"},
	{withDesk("url: 'https://a'"), "c.yaml:1: service_desks[0].url: is for a service desk of type webhook"},
	{withDesk("}, {name: b, type: webhook, url: 'https://a', secret: {$secret: A}"), "c.yaml:1: service_desks[1].active: a is active already"},

	// rate_limit_rules
	{"rate_limit_rules: [{type: all_users, rate_limit: 1}]", "c.yaml:1: rate_limit_rules[0].name: is missing"},
	{"rate_limit_rules: [{name: a, rate_limit: 1}]", "c.yaml:1: rate_limit_rules[0].type: is missing: use all_users, users_with_role or user"},
	{"rate_limit_rules: [{name: a, type: everybody, rate_limit: 1}]", "c.yaml:1: rate_limit_rules[0].type: must be one of all_users, users_with_role, user"},
	{"rate_limit_rules: [{name: a, type: all_users}]", "c.yaml:1: rate_limit_rules[0].rate_limit: is missing: give it the number of requests per hour"},
	{"rate_limit_rules: [{name: a, type: all_users, rate_limit: 0}]", "c.yaml:1: rate_limit_rules[0].rate_limit: must be a whole number from 1 to 1000000000"},
	{"rate_limit_rules: [{name: a, type: all_users, rate_limit: 1, active: 1}]", "c.yaml:1: rate_limit_rules[0].active: must be true or false"},
	{"rate_limit_rules: [{name: a, type: all_users, rate_limit: 1, user: b}]", "c.yaml:1: rate_limit_rules[0].user: is for a rule of type user and does nothing for all_users: remove it"},
	{"rate_limit_rules: [{name: a, type: all_users, rate_limit: 1, role: admin}]", "c.yaml:1: rate_limit_rules[0].role: is for a rule of type users_with_role"},
	{"rate_limit_rules: [{name: a, type: users_with_role, rate_limit: 1}]", "c.yaml:1: rate_limit_rules[0].role: is missing"},
	{"rate_limit_rules: [{name: a, type: users_with_role, rate_limit: 1, role: boss}]", `c.yaml:1: rate_limit_rules[0].role: there is no role "boss": use sn_pren.experience_issue_create`},
	{"rate_limit_rules: [{name: a, type: user, rate_limit: 1}]", "c.yaml:1: rate_limit_rules[0].user: is missing"},
	{"{users: [{user_name: abel}], rate_limit_rules: [{name: a, type: user, rate_limit: 1, user: Abel}]}", `c.yaml:1: rate_limit_rules[0].user: "Abel" is a person: only service accounts call the API`},
	{"rate_limit_rules:\n- {name: a, type: all_users, rate_limit: 1}\n- {name: a, type: all_users, rate_limit: 1}", "c.yaml:3: rate_limit_rules[1].name: this rate limit rule stands in c.yaml:2 already"},

	// computers
	{"computers: [{}]", "c.yaml:1: computers[0].name: is missing"},
	{"computers: [{name: a, sys_id: 1}]", "c.yaml:1: computers[0].sys_id: must be 32 hexadecimal digits"},
	{"computers: [{name: a, os: []}]", "c.yaml:1: computers[0].os: must be text"},
	{"{service_accounts: [{user_name: tool}], computers: [{name: a, assigned_to: tool}]}", `c.yaml:1: computers[0].assigned_to: "tool" is a service account: a computer belongs to a person`},
	{"computers:\n- name: a\n- name: A", "c.yaml:3: computers[1].name: this computer stands in c.yaml:2 already"},

	// remedial_actions
	{"remedial_actions: [{kind: subflow, target: x}]", "c.yaml:1: remedial_actions[0].name: is missing"},
	{"remedial_actions: [{name: a, target: x}]", "c.yaml:1: remedial_actions[0].kind: is missing: use subflow, flow_action or ci_action"},
	{"remedial_actions: [{name: a, kind: magic, target: x}]", "c.yaml:1: remedial_actions[0].kind: must be one of subflow, flow_action, ci_action"},
	{"remedial_actions: [{name: a, kind: subflow}]", "c.yaml:1: remedial_actions[0].target: is missing"},
	{"remedial_actions: [{name: a, kind: ci_action, target: x, task_queue: q}]", "c.yaml:1: remedial_actions[0].task_queue: is for a subflow or flow_action"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, offer_for: 1h}]", "c.yaml:1: remedial_actions[0].offer_for: is for a ci_action"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, timeout: 5}]", "c.yaml:1: remedial_actions[0].timeout: must be a duration with its unit, such as 30s, 5m or 8h"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, timeout: 0s}]", "c.yaml:1: remedial_actions[0].timeout: must be longer than nothing and at most 8784 hours"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, timeout: -5m}]", "c.yaml:1: remedial_actions[0].timeout: must be longer than nothing"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, timeout: 1500ms}]", "c.yaml:1: remedial_actions[0].timeout: must be whole seconds"},
	{"remedial_actions: [{name: a, kind: ci_action, target: x, offer_for: 90000h}]", "c.yaml:1: remedial_actions[0].offer_for: must be longer than nothing and at most"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, attempts: 0}]", "c.yaml:1: remedial_actions[0].attempts: must be a whole number from 1 to 100"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, attempts: 2}]", "c.yaml:1: remedial_actions[0].attempts: an action that is not idempotent gets one attempt"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, idempotent: maybe}]", "c.yaml:1: remedial_actions[0].idempotent: must be true or false"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, sensitive: very}]", "c.yaml:1: remedial_actions[0].sensitive: must be true or false, and is text"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, active: maybe}]", "c.yaml:1: remedial_actions[0].active: must be true or false"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, from_report: a}]", "c.yaml:1: remedial_actions[0].from_report: must be a list [a, b]"},
	{"remedial_actions: [{name: a, kind: flow_action, target: http_request, from_report: [url]}]", "c.yaml:1: remedial_actions[0].from_report: url of an http_request is the resolution's alone"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, input_schema: []}]", "c.yaml:1: remedial_actions[0].input_schema: must be an object {name: value}, and is a list"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, input_schema: {}}]", "c.yaml:1: remedial_actions[0].input_schema: must say type: object"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, input_schema: {type: nonsense}}]", "c.yaml:1: remedial_actions[0].input_schema: this is no valid JSON Schema: "},
	{"remedial_actions: [{name: a, kind: subflow, target: x, input_schema: {type: object, $ref: 'file:///etc/passwd'}}]", "c.yaml:1: remedial_actions[0].input_schema: this is no valid JSON Schema: "},
	{"remedial_actions: [{name: a, kind: subflow, target: x, input_schema: {type: object, type: object}}]", "c.yaml:1: remedial_actions[0].input_schema.type: stands twice, first in line 1"},
	{"remedial_actions: [{name: a, kind: subflow, target: x, input_schema: {type: object, maximum: .inf}}]", "c.yaml:1: remedial_actions[0].input_schema.maximum: is a number that JSON does not have"},
	{"remedial_actions:\n- {name: a, kind: subflow, target: x}\n- {name: a, kind: subflow, target: x}", "c.yaml:3: remedial_actions[1].name: this remedial action stands in c.yaml:2 already"},

	// resolutions
	{"resolutions: [{type: create_incident}]", "c.yaml:1: resolutions[0].name: is missing"},
	{"resolutions: [{name: a}]", "c.yaml:1: resolutions[0].type: is missing: use remedial_action, self_help, url or create_incident"},
	{"resolutions: [{name: a, type: prayer}]", "c.yaml:1: resolutions[0].type: must be one of remedial_action, self_help, url, create_incident"},
	{"resolutions: [{name: a, type: create_incident, remedial_action: x}]", "c.yaml:1: resolutions[0].remedial_action: is for a resolution of type remedial_action and does nothing for create_incident"},
	{"resolutions: [{name: a, type: create_incident, parameters: {}}]", "c.yaml:1: resolutions[0].parameters: is for a resolution of type remedial_action"},
	{"resolutions: [{name: a, type: create_incident, instructions: [x]}]", "c.yaml:1: resolutions[0].instructions: is for a resolution of type self_help"},
	{"resolutions: [{name: a, type: create_incident, translations: {de: {instructions: [x]}}}]", "c.yaml:1: resolutions[0].translations: is for a resolution of type self_help"},
	{"resolutions: [{name: a, type: self_help, instructions: [x], translations: [de]}]", "c.yaml:1: resolutions[0].translations: must be fields with values (name: value), and is a list"},
	{"resolutions: [{name: a, type: self_help, instructions: [x], translations: {german: {}}}]", "c.yaml:1: resolutions[0].translations.german: the name of a translation must be the tag of a language, like en, de or pt-BR"},
	{"resolutions: [{name: a, type: self_help, instructions: [x], translations: {de: [y]}}]", "c.yaml:1: resolutions[0].translations.de: must be fields with values (name: value), and is a list"},
	{"resolutions:\n- name: a\n  type: self_help\n  instructions: [x]\n  translations:\n    de:\n      instruction: [y]\n      instructions: [y]",
		"c.yaml:7: resolutions[0].translations.de.instruction: there is no such field: use one of instructions"},
	{"resolutions: [{name: a, type: self_help, instructions: [x], translations: {de: {instructions: y}}}]", "c.yaml:1: resolutions[0].translations.de.instructions: must be a list [a, b], and is text"},
	{"resolutions:\n- name: a\n  type: self_help\n  instructions: [x, z]\n  translations:\n    de:\n      instructions:\n      - y\n      - ''",
		"c.yaml:9: resolutions[0].translations.de.instructions[1]: is empty: remove it"},
	{"resolutions: [{name: a, type: self_help, translations: {de: {instructions: [y]}}}]", "c.yaml:1: resolutions[0].translations.de.instructions: translate what the resolution itself does not say: give that instructions too"},
	{"resolutions: [{name: a, type: create_incident, url: 'https://a'}]", "c.yaml:1: resolutions[0].url: is for a resolution of type url"},
	{"resolutions: [{name: a, type: url, url: 'ftp://a'}]", "c.yaml:1: resolutions[0].url: must be an absolute address that begins with http:// or https://"},
	{"resolutions: [{name: a, type: create_incident, on_success: action_wait}]", "c.yaml:1: resolutions[0].on_success: a resolution of type create_incident ends the issue"},
	{"resolutions: [{name: a, type: self_help, instructions: [x], on_success: action_wait}]", "c.yaml:1: resolutions[0].on_success: a resolution of type self_help is done by the person, and no tool reports what follows"},
	{"resolutions: [{name: a, type: url, url: 'https://a', on_success: action_wait}]", "c.yaml:1: resolutions[0].on_success: a resolution of type url is done by the person"},
	{"resolutions: [{name: a, type: remedial_action, on_success: party}]", "c.yaml:1: resolutions[0].on_success: must be one of close, action_wait"},
	{"resolutions: [{name: a, type: remedial_action, parameters: [1]}]", "c.yaml:1: resolutions[0].parameters: must be an object {name: value}, and is a list"},
	{"resolutions: [{name: a, type: remedial_action, parameters: {x: !!binary aGk=}}]", "c.yaml:1: resolutions[0].parameters.x: is of the unknown type !!binary, which JSON does not have"},
	{"resolutions: [{name: a, type: remedial_action, parameters: {x: 1e999999999}}]", "c.yaml:1: resolutions[0].parameters.x: is a number with too large an exponent"},
	{"resolutions: [{name: a, type: remedial_action, parameters: {x: {password: hunter2}}}]", "c.yaml:1: resolutions[0].parameters: x.password looks like a secret"},
	{"resolutions: [{name: a, type: remedial_action, parameters: {x: [{$secret: A, b: 1}]}}]", "c.yaml:1: resolutions[0].parameters: x[0] $secret must stand alone in its object"},
	{"resolutions: [{name: a, type: remedial_action, parameters: {x: {$secret: desk-token}}}]", "c.yaml:1: resolutions[0].parameters: x the name after $secret must be made of A-Z, 0-9 and _"},
	{"resolutions: [{name: a, type: remedial_action, parameters: {x: {$input: 1}}}]", "c.yaml:1: resolutions[0].parameters: x $input must be followed by a name"},
	{"resolutions: [{name: a, type: remedial_action, active: 7}]", "c.yaml:1: resolutions[0].active: must be true or false"},
	{"resolutions:\n- {name: a, type: create_incident}\n- {name: a, type: create_incident}", "c.yaml:3: resolutions[1].name: this resolution stands in c.yaml:2 already"},

	// notification_contents
	{"notification_contents: [{prompt: x}]", "c.yaml:1: notification_contents[0].name: is missing"},
	{"notification_contents: [{name: a, prompt: []}]", "c.yaml:1: notification_contents[0].prompt: must be text"},
	{"notification_contents: [{name: a, consent_text: []}]", "c.yaml:1: notification_contents[0].consent_text: must be text"},
	{"notification_contents: [{name: a, active: 1}]", "c.yaml:1: notification_contents[0].active: must be true or false"},
	{"notification_contents: [{name: a, translations: [de]}]", "c.yaml:1: notification_contents[0].translations: must be fields with values (name: value), and is a list"},
	{"notification_contents: [{name: a, translations: {german: {}}}]", "c.yaml:1: notification_contents[0].translations.german: the name of a translation must be the tag of a language, like en, de or pt-BR"},
	{"notification_contents: [{name: a, translations: {de: Hallo}}]", "c.yaml:1: notification_contents[0].translations.de: must be fields with values (name: value), and is text"},
	{"notification_contents:\n- name: a\n  prompt: Hi\n  translations:\n    de:\n      promt: Hallo\n      prompt: Hallo",
		"c.yaml:6: notification_contents[0].translations.de.promt: there is no such field: use one of consent_text, prompt"},
	{"notification_contents: [{name: a, prompt: Hi, translations: {de: {prompt: []}}}]", "c.yaml:1: notification_contents[0].translations.de.prompt: must be text"},
	{"notification_contents: [{name: a, prompt: Hi, translations: {de: {prompt: Hallo, consent_text: Gut}}}]", "c.yaml:1: notification_contents[0].translations.de.consent_text: translates what the notification content itself does not say: give that a consent_text too"},
	{"notification_contents:\n- name: a\n- name: a", "c.yaml:3: notification_contents[1].name: this notification content stands in c.yaml:2 already"},

	// issues
	{"issues: [{issue_code: 1}]", "c.yaml:1: issues[0].provider: is missing"},
	{"issues: [{provider: p}]", "c.yaml:1: issues[0].issue_code: is missing"},
	{"issues: [{provider: p, issue_code: 1, short_description: []}]", "c.yaml:1: issues[0].short_description: must be text"},
	{"issues: [{provider: p, issue_code: 1, reference_name: []}]", "c.yaml:1: issues[0].reference_name: must be text"},
	{"issues: [{provider: p, issue_code: 1, resolution: []}]", "c.yaml:1: issues[0].resolution: must be text"},
	{"issues: [{provider: p, issue_code: 1, notification_content: []}]", "c.yaml:1: issues[0].notification_content: must be text"},
	{"issues: [{provider: p, issue_code: 1, engagement: loud}]", "c.yaml:1: issues[0].engagement: must be one of silent, engage, notify_only"},
	{"issues: [{provider: p, issue_code: 1, consent: true}]", "c.yaml:1: issues[0].consent: nothing that needs consent runs without asking: set engagement: engage, or consent: false"},
	{"issues: [{provider: p, issue_code: 1, consent: 'yes'}]", "c.yaml:1: issues[0].consent: must be true or false, and is text"},
	{"issues: [{provider: p, issue_code: 1, fallback: prayer}]", "c.yaml:1: issues[0].fallback: must be one of incident, live_agent, none"},
	{"issues: [{provider: p, issue_code: 1, action_wait: 30}]", "c.yaml:1: issues[0].action_wait: must be a duration with its unit"},
	{"issues: [{provider: p, issue_code: 1, next_codes: 200}]", "c.yaml:1: issues[0].next_codes: must be a list [a, b], and is a number"},
	{"issues: [{provider: p, issue_code: 1, next_codes: [200, '200']}]", `c.yaml:1: issues[0].next_codes: "200" stands twice`},
	{"issues: [{provider: p, issue_code: 1, assignment_group: []}]", "c.yaml:1: issues[0].assignment_group: must be text"},
	{"issues: [{provider: p, issue_code: 1, impact: 4}]", "c.yaml:1: issues[0].impact: must be a whole number from 1 to 3"},
	{"issues: [{provider: p, issue_code: 1, urgency: high}]", "c.yaml:1: issues[0].urgency: must be a whole number from 1 to 3"},
	{withIssue("channels: mail"), "c.yaml:1: issues[0].channels: must be a list [a, b], and is text"},
	{withIssue("channels: [mail, mail]"), `c.yaml:1: issues[0].channels: "mail" stands twice: remove one`},
	{withIssue("include: all"), "c.yaml:1: issues[0].include: must be a list [a, b]"},
	{withIssue("exclude: [a, a]"), `c.yaml:1: issues[0].exclude: "a" stands twice: remove one`},
	{withIssue("include: [a, b], exclude: [b]"), `c.yaml:1: issues[0].exclude: "b" stands in include too, and exclude always wins`},
	{withIssue("category: phone"), "c.yaml:1: issues[0].category: must be one of device, application"},
	{withIssue("user_limit: 3"), "c.yaml:1: issues[0].user_limit: must be fields with values (name: value), and is a number"},
	{withIssue("user_limit: {count: 3}"), "c.yaml:1: issues[0].user_limit.window: is missing: a limit is a count in a window, such as {count: 3, window: 24h}"},
	{withIssue("user_limit: {window: 24h}"), "c.yaml:1: issues[0].user_limit.count: is missing: a limit is a count in a window"},
	{withIssue("user_limit: {count: 0, window: 24h}"), "c.yaml:1: issues[0].user_limit.count: must be a whole number from 1 to 1000000"},
	{withIssue("user_limit: {count: 3, window: 24}"), "c.yaml:1: issues[0].user_limit.window: must be a duration with its unit"},
	{withIssue("user_limit: {count: 3, window: 24h, per: person}"), "c.yaml:1: issues[0].user_limit.per: there is no such field: use one of count, window"},
	{withIssue("accept_within: soon"), "c.yaml:1: issues[0].accept_within: must be a duration with its unit"},
	{withIssue("confirm_within: 0s"), "c.yaml:1: issues[0].confirm_within: must be longer than nothing"},
	{withIssue("consent: true, consent_within: 1ms"), "c.yaml:1: issues[0].consent_within: must be whole seconds"},
	{withIssue("consent_within: 1h"), "c.yaml:1: issues[0].consent_within: is about consent, which this issue does not ask for"},
	{"issues: [{provider: p, issue_code: 1, channels: []}]", "c.yaml:1: issues[0].channels: is about writing to the person, which a silent issue does not"},
	{"issues: [{provider: p, issue_code: 1, accept_within: 1h}]", "c.yaml:1: issues[0].accept_within: is about writing to the person"},
	{"issues: [{provider: p, issue_code: 1, consent_within: 1h}]", "c.yaml:1: issues[0].consent_within: is about writing to the person"},
	{"issues: [{provider: p, issue_code: 1, confirm_within: 1h}]", "c.yaml:1: issues[0].confirm_within: is about writing to the person"},
	{"issues: [{provider: p, issue_code: 1, engagement: notify_only, notification_content: n, confirm_within: 1h}]", "c.yaml:1: issues[0].confirm_within: is about an answer, and notify_only asks the person nothing"},
	{"issues: [{provider: p, issue_code: 1, engagement: notify_only, notification_content: n, consent: true}]", "c.yaml:1: issues[0].consent: nothing that needs consent runs without asking"},
	{"issues: [{provider: p, issue_code: 1, engagement: notify_only}]", "c.yaml:1: issues[0].notification_content: is missing: engagement notify_only needs words for the person"},
	{"issues: [{provider: p, issue_code: 1, engagement: engage}]", "c.yaml:1: issues[0].notification_content: is missing: engagement engage needs words for the person"},
	{"issues: [{provider: p, issue_code: 1, deployed: 1}]", "c.yaml:1: issues[0].deployed: must be true or false"},
	{"issues:\n- {provider: p, issue_code: 1}\n- {provider: p, issue_code: '1'}", "c.yaml:3: issues[1].issue_code: this issue stands in c.yaml:2 already"},

	// properties
	{"properties: [1]", "c.yaml:1: properties: must be fields with values (name: value), and is a list"},
	{"properties:\n  sn_pren.x: 1", "c.yaml:2: properties.sn_pren.x: there is no such property: use one of sn_pren.engine_due_seconds"},
	{"properties: {sn_pren.janitor_interval_seconds: often}", "c.yaml:1: properties.sn_pren.janitor_interval_seconds: sn_pren.janitor_interval_seconds must be a whole number from 1 to 86400"},
	{"properties: {sn_pren.resolution_freeze_period: -1}", "c.yaml:1: properties.sn_pren.resolution_freeze_period: sn_pren.resolution_freeze_period must be a whole number from 0 to 8784"},
	{"properties: {sn_pren.quiet_hours: at night}", "c.yaml:1: properties.sn_pren.quiet_hours: sn_pren.quiet_hours must be two times of day, like 22:00-07:00, or empty"},
	{"properties: {sn_pren.default_time_zone: ''}", "c.yaml:1: properties.sn_pren.default_time_zone: sn_pren.default_time_zone must be the name of a time zone"},
	{"properties: {sn_pren.default_language: german}", "c.yaml:1: properties.sn_pren.default_language: sn_pren.default_language must be the tag of a language"},
	{"properties: {sn_pren.organisation_name: ''}", "c.yaml:1: properties.sn_pren.organisation_name: sn_pren.organisation_name must not be empty"},
	{"properties: {sn_pren.organisation_contact: \"a\\nb\"}", "c.yaml:1: properties.sn_pren.organisation_contact: sn_pren.organisation_contact must be one line of at most 200 bytes"},
	{"properties: {sn_pren.resolution_freeze_period: [0]}", "c.yaml:1: properties.sn_pren.resolution_freeze_period: must be text, and is a list"},

	// a resolution against its action
	{withRequest("{method: POST}"), "c.yaml:2: resolutions[0].parameters: url is missing: an http_request needs method and url"},
	{withRequest("{method: POST, url: /hook}"), "c.yaml:2: resolutions[0].parameters: url must be an absolute address that begins with http:// or https://, without user and password"},
	{withRequest("{method: BREW, url: 'https://a'}"), "c.yaml:2: resolutions[0].parameters: method is not one of the values"},
	{withRequest("{method: POST, url: 'https://a', headers: {A: 1}}"), "c.yaml:2: resolutions[0].parameters: headers.A has none of the forms"},
	{withRequest("{method: POST, url: 'https://a', headers: {A: {$input: x}}}"), "c.yaml:2: resolutions[0].parameters: headers.A has none of the forms"},
	{withRequest("{method: POST, url: 'https://a', headers: {Authorization: 'Bearer x'}}"), "c.yaml:2: resolutions[0].parameters: headers.Authorization looks like a secret"},
	{withRequest("{method: POST, url: 'https://a', expected_statuses: [ok]}"), "c.yaml:2: resolutions[0].parameters: expected_statuses[0] must be of type integer"},
	{withRequest("{method: POST, url: 'https://a', retry: 1}"), "c.yaml:2: resolutions[0].parameters: retry is not one that the action knows"},
	{withRequest("{method: POST, url: 'https://u:p@a'}"), "c.yaml:2: resolutions[0].parameters: url looks like a secret"},
	{withRequest("{method: POST, url: 'https://a', body: {x: [{$input: other}]}}"), `c.yaml:2: resolutions[0].parameters: body.x[0] takes the input "other", which nothing can give`},
	{"remedial_actions: [{name: a, kind: ci_action, target: x}]\nresolutions: [{name: r, type: remedial_action, remedial_action: a, parameters: {k: {$secret: K}}}]",
		"c.yaml:2: resolutions[0].parameters: k a secret is not given to a device"},
	{"remedial_actions: [{name: a, kind: subflow, target: x}]\nresolutions: [{name: r, type: remedial_action, remedial_action: a, parameters: {k: {$input: K}}}]",
		"c.yaml:2: resolutions[0].parameters: k $input has a meaning only in the body of an http_request"},
}

// withMail, withHook and withIssue are rows that are right but for the fields that are added.
func withMail(fields string) string {
	return "notification_channels: [{name: a, type: email, host: mail.example.com, from: a@b.c, " + fields + "}]"
}

func withHook(fields string) string {
	return "notification_channels: [{name: a, type: webhook, url: 'https://a', secret: {$secret: A}, " + fields + "}]"
}

// withDesk is a service desk that speaks the Table API.
func withDesk(fields string) string {
	return "service_desks: [{name: a, type: servicenow, instance: 'https://a', token: {$secret: A}, " + fields + "}]"
}

func withIssue(fields string) string {
	return "issues: [{provider: p, issue_code: 1, engagement: engage, notification_content: n, " + fields + "}]"
}

// withRequest is a resolution with these parameters for an http_request that takes process_id from the report.
func withRequest(parameters string) string {
	return "remedial_actions: [{name: call, kind: flow_action, target: http_request, from_report: [process_id]}]\n" +
		"resolutions: [{name: r, type: remedial_action, remedial_action: call, parameters: " + parameters + "}]"
}

func TestEachMistakeIsSaidWithItsPlace(t *testing.T) {
	for _, m := range mistakes {
		t.Run(m.sentence, func(t *testing.T) {
			_, _, err := Read(File{"c.yaml", []byte(m.text)})
			var problems Problems
			require.ErrorAs(t, err, &problems, m.text)
			require.True(t, strings.HasPrefix(problems[0].String(), m.sentence), "%s\nis not\n%s", problems[0], m.sentence)
		})
	}
}

var knownFields = regexp.MustCompile(`(?m)no-such-field: there is no such field: use one of (.*)$`)

// What nobody has tried to get wrong is perhaps not checked at all.
func TestEveryFieldHasAMistake(t *testing.T) {
	for _, s := range sections {
		_, _, err := Read(File{"c.yaml", []byte(string(s.name) + ": [{no-such-field: 1}]")})
		for _, field := range strings.Split(knownFields.FindStringSubmatch(err.Error())[1], ", ") {
			place := regexp.MustCompile(string(s.name) + `\[[0-9]\]\.` + field + `\b`)
			assert.True(t, slices.ContainsFunc(mistakes, func(m struct{ text, sentence string }) bool { return place.MatchString(m.sentence) }),
				"%s.%s", s.name, field)
		}
	}
}

func TestAMistakeIsSaidOnce(t *testing.T) {
	for _, m := range mistakes {
		_, _, err := Read(File{"c.yaml", []byte(m.text)})
		var problems Problems
		require.ErrorAs(t, err, &problems, m.text)
		if !strings.Contains(m.text, "<<") && !strings.Contains(m.text, "u:p@") { // not merged and so missing; a secret and no address
			require.Len(t, problems, 1, "%s\n%s", m.text, err)
		}
	}
}

func TestAllMistakesOfAllFilesAreSaidAtOnce(t *testing.T) {
	_, _, err := Read(
		File{"b.yaml", []byte("users:\n  - user_name: x\n    age: 3\n  - {}\n  - {user_name: x}\ncolours: []")},
		File{"a.yaml", []byte("issues: [{}]")},
		File{"d.yaml", []byte("users: [{user_name: X}]")})
	require.Equal(t, `b.yaml:3: users[0].age: there is no such field: use one of active, department, email, first_name, last_name, location, locked_out, preferred_language, roles, sys_id, time_zone, user_name
b.yaml:4: users[1].user_name: is missing: give it a value
b.yaml:5: users[2].user_name: this user stands in b.yaml:2 already: remove one
b.yaml:6: colours: there is no such field: use one of computers, issues, notification_channels, notification_contents, outcomes, properties, providers, rate_limit_rules, remedial_actions, resolutions, service_accounts, service_desks, user_criteria, users
a.yaml:1: issues[0].provider: is missing: give it a value
a.yaml:1: issues[0].issue_code: is missing: give it a value
d.yaml:1: users[0].user_name: this user stands in b.yaml:2 already: remove one`, err.Error())
}

func TestAFileIsBounded(t *testing.T) {
	_, _, err := Read(File{"c.yaml", make([]byte, MaxFileSize+1)})
	require.EqualError(t, err, "c.yaml: the file is larger than 4 MiB: split it, as a section may stand in several files")

	var laughs strings.Builder
	laughs.WriteString("a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n")
	for i := range 9 {
		prev, next := string(rune('0'+i)), string(rune('1'+i))
		laughs.WriteString("a" + next + ": &a" + next + " [" + strings.Repeat("*a"+prev+",", 9) + "]\n")
	}
	_, _, err = Read(File{"c.yaml", []byte(laughs.String())})
	require.EqualError(t, err, "c.yaml:1: the file, with its aliases written out, is too large: split it, or use fewer aliases")
}

func TestCredentialsNeverStandInASentence(t *testing.T) {
	t.Setenv("PROACTIVE_TEST_KEY", "hunter2")
	_, warnings, err := Read(File{"c.yaml", []byte(`service_accounts: [{user_name: a, password: hunter2, api_key: hunter2}, {user_name: b, api_key_env: PROACTIVE_TEST_KEY}]
resolutions: [{name: r, type: remedial_action, parameters: {token: hunter2}}]
notification_channels:
- {name: m, type: email, host: mail.example.com, from: a@b.c, username: u, password: hunter2}
- {name: o, type: email, host: mail.example.com, from: a@b.c, username: u, password: {$secret: hunter2}}
- {name: w, type: webhook, url: 'https://user:hunter2@example.com', secret: [hunter2], template: {token: hunter2}}`)})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2")
	require.NotContains(t, Problems(warnings).Error(), "hunter2")
	require.NotEmpty(t, os.Getenv("PROACTIVE_TEST_KEY"))
}
