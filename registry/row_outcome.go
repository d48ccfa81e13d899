package registry

import (
	"slices"

	"proactive/schema"
)

func receiverRow(o schema.OutcomeReceiver) row {
	states := make([]string, len(o.States))
	for i, s := range o.States {
		states[i] = string(s)
	}
	var fs fields
	fs.text("provider", o.Provider)
	fs.add("states", listNode(states), slices.Equal(o.States, schema.DefaultOutcomeStates()))
	if o.Config != nil {
		fs.signedHook(configFrom[schema.WebhookConfig](o.Config))
		fs.duration("give_up_after", o.GiveUpAfter, schema.DefaultGiveUpAfter)
	}
	fs.flag("active", o.Active, true)
	return row{o.Provider, o.SysID, fs}
}

func serviceDeskRow(s schema.ServiceDesk) row {
	var fs fields
	fs.text("name", s.Name)
	fs.text("type", string(s.Type))
	switch s.Type {
	case schema.DeskServiceNow:
		fs.serviceNow(configFrom[schema.ServiceNowConfig](s.Config))
	case schema.DeskWebhook:
		fs.signedHook(configFrom[schema.WebhookConfig](s.Config))
	}
	fs.duration("give_up_after", s.GiveUpAfter, 0)
	fs.flag("active", s.Active, true)
	return row{s.Name, s.SysID, fs}
}

func (fs *fields) serviceNow(n schema.ServiceNowConfig) {
	fs.text("instance", n.Instance)
	fs.text("username", n.Username)
	fs.json("password", n.Password, "")
	fs.json("token", n.Token, "")
	fs.json("api_key", n.APIKey, "")
	fs.text("caller", n.Caller)
	fs.json("fields", configOf(n.Fields), "null")
}
