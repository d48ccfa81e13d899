package table

// tables are all that the Table API serves: what people own or read. The inbox, the jobs, the conversations, the tokens of agents and of
// links, and the hashes of passwords and keys stand in no dictionary, and so cannot be asked for.
var tables = withAccess(
	&provider,
	&template,
	&issueRegistry,
	&resolution,
	&remedialAction,
	&notificationContent,
	&notificationChannel,
	&userCriteria,
	&version,

	&experienceIssue,
	&experienceIssueStep,
	&experienceIssueEvent,

	&outcome,
	&delivery,
	&deliveryAttempt,
	&receiver,
	&ownDesk,

	&incident,
	&interaction,
	&computer,

	&user,
	&userHasRole,
	&accountProvider,
	&property,
	&rateLimitRule,
	&audit,
)

func withAccess(tables ...*Table) []*Table {
	for _, t := range tables {
		t.Access = access[t.Name]
	}
	return tables
}

var byName = index(tables)

func index(tables []*Table) map[string]*Table {
	all := make(map[string]*Table, len(tables))
	for _, t := range tables {
		all[t.Name] = t
	}
	return all
}
