package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"proactive/schema"
)

// Whatever bytes come as a form, reading them does not panic; what becomes a reply is one that can be asked about and stored, and
// nothing else reaches Postgres.
func FuzzReadForm(f *testing.F) {
	for _, seed := range []string{"reply=accept", "reply=not_now&later=tomorrow", "reply=consent&code=12+34", "reply=feedback&rating=5&comment=a%0D%0Ab%00%ff",
		"reply=feedback&rating=99999999999999999999", "reply=accept&reply=accept", "reply=helped;comment=x", "%", "=", "&&", "reply[]=accept", "\xff", "\ufeffreply=accept"} {
		f.Add(seed)
	}
	var said []schema.Reply
	store := asking(f)
	store.reply = func(_ context.Context, reply schema.Reply) (schema.View, error) {
		said = append(said, reply)
		return asked(), nil
	}
	handler := pages(store)
	proof := proofOf(f, handler)
	f.Fuzz(func(t *testing.T, body string) {
		for _, form := range []string{body, "csrf=" + proof + "&" + body} {
			said = nil
			status := formOf(helpPage, form).send(t, handler).Code
			if (status == http.StatusSeeOther) != (len(said) == 1) || !slices.Contains([]int{303, 400, 403, 422}, status) {
				t.Fatalf("%q: %d, and said %+v", form, status, said)
			}
			for _, reply := range said {
				if !reply.Kind.Known() || !utf8.ValidString(reply.Comment) || strings.Contains(reply.Comment, "\x00") || !strings.Contains(form, proof) {
					t.Fatalf("%q became %+v", form, reply)
				}
			}
		}
	})
}
