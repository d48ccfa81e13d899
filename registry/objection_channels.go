package registry

import (
	"slices"

	"proactive/schema"
)

// aboutChannels: a person is not written to where the desk reads.
func (k *checker) aboutChannels(i schema.IssueTemplate) []objection {
	var found []objection
	for _, name := range i.Channels {
		if k.channels[name].Audience == schema.AudienceDesk {
			found = append(found, against("channels", "%s reaches the desk and not the person: name a channel with audience person", name).
				at(end{schema.SectionChannels, name, "audience"}))
		}
	}
	return found
}

// aboutReach: without a channel no message leaves, and each such issue ends as notification_failed.
func (k *checker) aboutReach(i schema.IssueTemplate) objection {
	mayUse := func(c schema.Channel) bool {
		return reachesPerson(c) && (len(i.Channels) == 0 || slices.Contains(i.Channels, c.Name))
	}
	return k.without(i.Engagement != schema.Silent && i.Engagement != "", mayUse,
		"no channel that it may use for the person is active: each such issue ends with notification_failed and its fallback until one is")
}

// aboutCode: consent to what is sensitive needs the code that the device shows, on whichever channel the row tells the person.
func (k *checker) aboutCode(i schema.IssueTemplate, a schema.RemedialAction) objection {
	return k.without(i.Consent && a.Sensitive, reachesDevice,
		"no channel of type desktop is active, and consent to a sensitive action needs the code that the device shows: nobody can give it until one is")
}

// without is a doubt when an issue needs such a channel and there is none.
func (k *checker) without(needed bool, fits func(schema.Channel) bool, text string) objection {
	if !needed || !k.complete || k.hasChannel(fits) {
		return objection{}
	}
	o := against("channels", "%s", text).at(k.lost(fits)...)
	o.doubt = true
	return o
}

// aboutDesk: whoever waits for a live agent must not wait for nobody.
func (k *checker) aboutDesk(i schema.IssueTemplate) objection {
	if i.Fallback != schema.FallbackLiveAgent || !k.complete || k.hasChannel(reachesDesk) {
		return objection{}
	}
	return against("fallback", "live_agent needs a way to tell the desk: have an active channel with audience desk in notification_channels, or use incident or none").at(k.lost(reachesDesk)...)
}

func reachesPerson(c schema.Channel) bool { return c.Active && c.Audience == schema.AudiencePerson }
func reachesDesk(c schema.Channel) bool   { return c.Active && c.Audience == schema.AudienceDesk }
func reachesDevice(c schema.Channel) bool { return reachesPerson(c) && c.Type == schema.ChannelDesktop }

func (k *checker) hasChannel(fits func(schema.Channel) bool) bool {
	for _, c := range k.channels {
		if fits(c) {
			return true
		}
	}
	return false
}

// lost are the channels that fitted in the database and do not as the files have them.
func (k *checker) lost(fits func(schema.Channel) bool) []end {
	var ends []end
	for _, before := range k.channelsBefore {
		now := k.channels[before.Name]
		if !fits(before) || fits(now) {
			continue
		}
		field := "type"
		switch {
		case !now.Active:
			field = "active"
		case now.Audience != before.Audience:
			field = "audience"
		}
		ends = append(ends, end{schema.SectionChannels, before.Name, field})
	}
	return ends
}
