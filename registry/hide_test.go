package registry_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/registry"
)

func TestWhatLooksLikeASecretIsHiddenFromWhoeverReadsParameters(t *testing.T) {
	for given, want := range map[string]string{
		`{"b":1.50, "a":"x"}`: `{"b":1.50, "a":"x"}`,
		`{"headers":{"Authorization":{"$secret":"DESK"}},"url":"http://a"}`: `{"headers":{"Authorization":{"$secret":"DESK"}},"url":"http://a"}`,
		`{"token":{"$input":"token"}}`:                                      `{"token":{"$input":"token"}}`,
		`{"big":12345678901234567890,"deskToken":"abc"}`:                    `{"big":12345678901234567890,"deskToken":"(hidden)"}`,
		`{"headers":{"X-Auth":"Bearer abcdefgh"}}`:                          `{"headers":{"X-Auth":"(hidden)"}}`,
		`{"argv":["curl","-H","Authorization: basic YWJjOmRlZg=="]}`:        `{"argv":["curl","-H","(hidden)"]}`,
		`{"url":"https://desk:pw@example.com/x"}`:                           `{"url":"(hidden)"}`,
		`{"url":"https://example.com/hook?id=1&api_key=abc"}`:               `{"url":"(hidden)"}`,
		`{"url":"https://example.com/hook?id=1"}`:                           `{"url":"https://example.com/hook?id=1"}`,
		`{"passwords":{"password":["a","b"]}}`:                              `{"passwords":{"password":["(hidden)","(hidden)"]}}`,
		`no document`:                                                       `no document`,
	} {
		require.Equal(t, want, string(registry.Hide(json.RawMessage(given))), given)
	}
}
