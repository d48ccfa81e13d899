package registry

import (
	"encoding/json"

	"proactive/schema"
)

// translations is what a row says in other languages, by their tags, each as one reads it; nil without.
func translations[T any](o *object, one func(*object) T) json.RawMessage {
	const field = "translations"
	node := o.value(field)
	if node == nil {
		return nil
	}
	languages := o.r.object(node, o.at(field))
	if languages == nil {
		return nil
	}
	all := map[string]T{}
	for _, language := range languages.names {
		if err := schema.CheckLanguage(language); err != nil {
			languages.report(language, "the name of a translation %s", err)
			continue
		}
		if inner := o.r.object(languages.values[language], languages.at(language)); inner != nil {
			all[language] = one(inner)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return configOf(all)
}
