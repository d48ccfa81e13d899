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
			`abel\.tuter|a@example\.com|Abel` + spaces + `Tuter|Tuter` + spaces + `Abel|Tuter,` + spaces + `Abel`},
		{Person{UserName: "anna"}, nil, wordBegins + `anna(?![[:alnum:]])`},
		{Person{UserName: "abe"}, []string{"abe"}, ""},
		{Person{UserName: "10644"}, []string{"10644"}, ""},
		{Person{UserName: "true", FirstName: "Abel"}, []string{"true"}, ""},
		{Person{UserName: "müll😀"}, nil, `m(?:ü|\\u00fc|\\u00dc)ll(?:😀|\\ud83d\\ude00)`},
		{Person{UserName: `al"o\z/y'`}, nil, `al(?:\\"|\\u0022|")o(?:\\\\|\\u005c|\\)z(?:\\/|/|\\u002f)y(?:'|\\u0027)`},
		{Person{UserName: "abel.tuter", Earlier: []Called{{UserName: "abel.t"}, {UserName: "abel.tuter", Email: "al"}}}, []string{"al"}, `abel\.tuter|abel\.t`},
		{Person{UserName: "erased-1", Erased: true}, nil, ""},
	} {
		require.Equal(t, c.tooShort, c.person.TooShort())
		require.Equal(t, c.pattern, c.person.Pattern())
	}
}

func TestTheRoughPatternFindsWhateverThePatternDoes(t *testing.T) {
	p := Person{UserName: "anna", Email: "anna@example.com"}
	require.Equal(t, wordBegins+`anna(?![[:alnum:]])|anna@example\.com`, p.Pattern())
	require.Equal(t, `anna|anna@example\.com`, p.RoughPattern())
	require.Empty(t, Person{UserName: "abe"}.RoughPattern())
}

const spaces = `(?:\s|\\[nrt]|\\u00a0)+`

func TestAComputerMayBeNamedAfterAnyPartOfAName(t *testing.T) {
	require.Equal(t, []string{"abel", "tuter", "abel", "von", "tüter"}, Person{UserName: "abel.tuter", FirstName: "Abel", LastName: "von Tüter"}.Parts())
	require.Empty(t, Person{UserName: "a.b"}.Parts())
}
