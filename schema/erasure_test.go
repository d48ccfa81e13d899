package schema

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyDistinctiveNamesAreLookedForEverywhere(t *testing.T) {
	for _, c := range []struct {
		person   Person
		tooShort []string
		pattern  string
	}{
		{Person{UserName: "abel.tuter"}, nil, `abel\.tuter`},
		{Person{UserName: "abel.tuter", FirstName: "Abel", LastName: "Tuter", Email: "a@example.com"}, nil,
			`abel\.tuter|a@example\.com|Abel\s+Tuter|Tuter\s+Abel|Tuter,\s+Abel`},
		{Person{UserName: "anna"}, nil, wordBegins + `anna(?![[:alnum:]])`},
		{Person{UserName: "abe"}, []string{"abe"}, ""},
		{Person{UserName: "10644"}, []string{"10644"}, ""},
		{Person{UserName: "true", FirstName: "Abel"}, []string{"true"}, ""},
		{Person{UserName: "müll😀"}, nil, `m(?:ü|\\u00fc)ll(?:😀|\\ud83d\\ude00)`},
		{Person{UserName: "erased-1", Erased: true}, nil, ""},
	} {
		require.Equal(t, c.tooShort, c.person.TooShort())
		require.Equal(t, c.pattern, c.person.Pattern())
	}
}

func TestAComputerMayBeNamedAfterAnyPartOfAName(t *testing.T) {
	require.Equal(t, []string{"abel", "tuter", "abel", "von", "tüter"}, Person{UserName: "abel.tuter", FirstName: "Abel", LastName: "von Tüter"}.Parts())
	require.Empty(t, Person{UserName: "a.b"}.Parts())
}
