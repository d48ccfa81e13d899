package activities

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestSecretsAreListedWithTheirHosts(t *testing.T) {
	hosts, err := ParseSecretHosts(" DESK=desk.example.com, PROACTIVE_SECRET_CHAT=Chat.example.com:8443 ,CHAT=10.1.0.0/16,SIX=[::1]:25,")
	require.NoError(t, err)
	for _, c := range []struct {
		name, host, port string
		may              bool
	}{
		{"DESK", "desk.example.com", "443", true}, {"DESK", "DESK.example.com.", "80", true}, {"DESK", "chat.example.com", "8443", false}, {"DESK", "a.desk.example.com", "443", false},
		{"CHAT", "chat.example.com", "8443", true}, {"CHAT", "chat.example.com", "443", false}, {"CHAT", "10.1.2.3", "1", true}, {"CHAT", "10.2.0.1", "1", false},
		{"SIX", "::1", "25", true}, {"SIX", "::1", "26", false}, {"OTHER", "desk.example.com", "443", false}, {"desk", "desk.example.com", "443", false},
	} {
		err := hosts.check(c.name, c.host, c.port)
		assert.Equal(t, c.may, err == nil, "%v %v", c, err)
	}
	require.Equal(t, []string{"A", "B"}, hosts.Unlisted([]string{"PROACTIVE_SECRET_B=1", "PROACTIVE_SECRET_DESK=1", "PROACTIVE_SECRET_A=x=y", "PROACTIVE_SECRETS_ALLOW=DESK=x", "HOME=/"}))

	for _, list := range []string{"DESK", "DESK=", "=desk.example.com", "desk=desk.example.com", "DESK=https://desk.example.com", "DESK=*", "DESK=a=b", "A B=c"} {
		_, err := ParseSecretHosts(list)
		assert.Error(t, err, list)
	}
}

// Each way in which something leaves with a secret: whoever writes the registry names a host that may be called, and the secret of another one.
// Nothing is sent, and the sentence says what an operator can do.
func TestASecretGoesToNoOtherHostThanItsOwn(t *testing.T) {
	received := 0
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { received++ }))
	defer thief.Close()
	address := strings.TrimPrefix(thief.URL, "http://")
	refusal := "secret DESK may not be sent to " + address + "; an operator can allow it: add DESK=" + address + " to PROACTIVE_SECRETS_ALLOW."
	allow, err := ParseAllowList("127.0.0.1,desk.example.com")
	require.NoError(t, err)
	allow.secrets, err = ParseSecretHosts("DESK=desk.example.com")
	require.NoError(t, err)
	known := func(string) (string, error) { return whsec, nil }

	requests := NewHTTPRequest(nil, allow, NewHosts(1))
	requests.secrets.find = known
	for _, parameters := range []string{`{"method":"POST","url":"URL","headers":{"Authorization":{"$secret":"DESK"}}}`, `{"method":"POST","url":"URL","body":{"a":[{"$secret":"DESK"}]}}`} {
		a := requests.attempt(t.Context(), schema.ActionInput{}, schema.RunningAction{Parameters: []byte(strings.Replace(parameters, "URL", thief.URL, 1))})
		require.Equal(t, []any{codeNotAllowed, true, "The request was not sent: " + refusal}, []any{a.code, a.final, a.detail})
	}

	s := newSender(allow, NewHosts(1))
	s.secrets.find = known
	_, failed := s.sign(schema.WebhookConfig{URL: []byte(`"` + thief.URL + `"`), Secret: []byte(`{"$secret":"DESK"}`)}, "webhook", messageID, time.Now(), nil)
	require.Equal(t, []any{codeNotAllowed, refusal}, []any{failed.code, failed.sentence})
	for _, way := range []string{`"username":"u","password"`, `"token"`, `"api_key"`} {
		_, failed = s.serviceNow([]byte(`{"instance":"` + thief.URL + `",` + way + `:{"$secret":"DESK"}}`))
		require.Equal(t, []any{codeNotAllowed, refusal}, []any{failed.code, failed.sentence})
	}

	n := NewNotify(nil, NotifyConfig{HTTP: allow, SMTP: allow, Hosts: NewHosts(1)})
	n.secrets.find = known
	host, port, _ := strings.Cut(address, ":")
	mail := schema.Notification{SysID: messageID, Email: "a@example.com", Channel: schema.Channel{Config: []byte(`{"host":"` + host + `","port":` + port + `,"from":"a@b.c","username":"u","password":{"$secret":"DESK"}}`)}}
	_, failed = n.letter(t.Context(), mail, link{})
	require.Equal(t, []any{codeNotAllowed, refusal}, []any{failed.code, failed.sentence})
	_, failed = n.document(mail, []byte(`{"a":{"$secret":"DESK"}}`), link{}, time.Now())
	require.Equal(t, "secret DESK may not be sent in a message.", failed.sentence)
	require.Zero(t, received)
}
