package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// "Answer by Accept (application/json default, application/xml, text/xml, */*, q-values)".
func TestTheFormatOfAnAnswer(t *testing.T) {
	for _, row := range []struct {
		accept []string
		want   format
		ok     bool
	}{
		{nil, asJSON, true},
		{[]string{""}, asJSON, true},
		{[]string{"*/*"}, asJSON, true},
		{[]string{"application/json"}, asJSON, true},
		{[]string{"Application/JSON; charset=utf-8"}, asJSON, true},
		{[]string{"application/xml"}, asXML, true},
		{[]string{"text/xml"}, asTextXML, true},
		{[]string{"text/*"}, asTextXML, true},
		{[]string{"application/*"}, asJSON, true},
		{[]string{"application/json;q=0.5, application/xml"}, asXML, true},
		{[]string{"application/json;q=0.5", "application/xml;q=0.4"}, asJSON, true},
		{[]string{"application/json;q=0, */*"}, asXML, true},
		{[]string{"application/xml, */*"}, asXML, true},
		{[]string{"application/xml, application/json"}, asJSON, true},
		{[]string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, asXML, true},
		{[]string{"application/xml;q=high"}, asXML, true},
		{[]string{"text/html"}, asJSON, false},
		{[]string{"application/json;q=0"}, asJSON, false},
		{[]string{"*/*;q=0"}, asJSON, false},
		{[]string{"nonsense"}, asJSON, false},
	} {
		got, ok := negotiate(row.accept)
		require.Equal(t, row.want, got, row.accept)
		require.Equal(t, row.ok, ok, row.accept)
	}
}
