package wording

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// sentences are all texts of a language by where they stand.
func sentences(t *texts) map[string]string {
	all := map[string]string{}
	gather(all, "", reflect.ValueOf(*t))
	return all
}

func gather(all map[string]string, at string, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		all[at] = v.String()
	case reflect.Struct:
		for i := range v.NumField() {
			gather(all, at+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			gather(all, fmt.Sprint(at, ".", i), v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			gather(all, at+"."+key.String(), v.MapIndex(key))
		}
	}
}

var (
	placeholder = regexp.MustCompile(`\{\w+\}`)
	zoneName    = regexp.MustCompile(`^\.Zones\.`) // a language has those that it calls otherwise
)

func TestEveryLanguageSaysEverything(t *testing.T) {
	first := sentences(languages[0])
	maps.DeleteFunc(first, func(at, _ string) bool { return zoneName.MatchString(at) })
	require.Greater(t, len(first), 200)
	for _, l := range languages {
		its := sentences(l)
		maps.DeleteFunc(its, func(at, _ string) bool { return zoneName.MatchString(at) })
		assert.ElementsMatch(t, slices.Collect(maps.Keys(first)), slices.Collect(maps.Keys(its)), l.Tag)
		for at, text := range its {
			assert.NotEmpty(t, text, "%s says nothing at %s", l.Tag, at)
			assert.ElementsMatch(t, placeholder.FindAllString(first[at], -1), placeholder.FindAllString(text, -1), "%s at %s", l.Tag, at)
		}
	}
}

func TestEveryPlaceholderIsFilledIn(t *testing.T) {
	o := speakAbout(over(asked("en"), schema.NoResponse), noon)
	apart := regexp.MustCompile(`^\.(Date|Today|Tomorrow|Desktop\.Code\.Title)$`)
	for at, text := range sentences(o.texts) {
		if !apart.MatchString(at) {
			assert.NotRegexp(t, placeholder, o.say(text), at)
		}
	}
	assert.NotRegexp(t, placeholder, Desktop(asked("en"), schema.OccasionCode, "123 456").Title)
	assert.NotRegexp(t, placeholder, o.when(noon)+o.when(noon.AddDate(0, 0, 1))+o.when(noon.AddDate(0, 0, 9)))
}

// The lists are closed in package schema, and whoever adds to them has to say it here too.
func TestEveryWordOfTheSchemaIsSpoken(t *testing.T) {
	for _, l := range languages {
		for _, reason := range constants(t, "end_reason.go", "EndReason") {
			assert.Contains(t, l.Ended, schema.EndReason(reason), l.Tag)
		}
		for _, refusal := range constants(t, "reply.go", "ReplyRefusal") {
			assert.Contains(t, l.Refusals, schema.ReplyRefusal(refusal), l.Tag)
		}
		for _, p := range schema.Postponements() {
			assert.Contains(t, l.Later, p, l.Tag)
		}
	}
}

// constants are the values of a type's constants in a file of package schema.
func constants(t *testing.T, file, kind string) (values []string) {
	t.Helper()
	text, err := os.ReadFile("../schema/" + file)
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`(?m)^\t\w+ +`+kind+` = "(\w+)"`).FindAllStringSubmatch(string(text), -1) {
		values = append(values, m[1])
	}
	require.Greater(t, len(values), 2)
	return values
}

func TestALanguageIsFoundByItsTag(t *testing.T) {
	for tag, want := range map[string]string{"de": "de", "de-AT": "de", "DE_ch": "de", " de ": "de", "en-GB": "en", "": "en", "fr": "en", "-": "en"} {
		assert.Equal(t, want, speak(tag).Tag, "%q", tag)
	}
}
