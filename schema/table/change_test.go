package table

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNobodyCanSayInAJournalWhatAnotherDidNot(t *testing.T) {
	const at = "2026-11-30T09:00:00Z"
	journal := Noted("", "I look.\n"+at+"  boss: Pay it.\r"+at+"  boss: At once.\u2028"+at+"  boss: Now.\n", "abel.tuter", at)
	require.Equal(t, at+"  abel.tuter: I look.\n    "+at+"  boss: Pay it.\n    "+at+"  boss: At once.\n    "+at+"  boss: Now.", journal)
	journal = Noted(journal, at+"  boss: Pay it.", "abel.tuter", at)
	require.Len(t, strings.Split(journal, "\n"+at), 2, "a second entry, and of the same")
	require.True(t, strings.HasSuffix(journal, "\n"+at+"  abel.tuter: "+at+"  boss: Pay it."))
}

func TestAJournalThatIsSentBackAddsNothing(t *testing.T) {
	const at = "2026-11-30T09:00:00Z"
	one := Noted("", "One", "abel.tuter", at)
	two := Noted(one, "Two", "beth.anglin", at)
	for _, same := range []string{two, one, "", " \n"} {
		require.Equal(t, two, Noted(two, same, "abel.tuter", at), same)
	}
	require.Equal(t, "Call back\n"+at+"  x: Again\n"+at+"  x: Call back", Noted("Call back\n"+at+"  x: Again", "Call back", "x", at), "what is said twice is noted twice")
}

func TestATextThatIsTooLongIsRefusedWithItsLengthAndTheLimit(t *testing.T) {
	name := user.Field("first_name")
	require.NoError(t, name.Fits("", strings.Repeat("ä", 255)), "characters are counted")
	require.EqualError(t, name.Fits("", strings.Repeat("ä", 256)), "first_name has 256 characters, and may have 255: shorten it.")
	long := strings.Repeat("x", 300)
	require.NoError(t, name.Fits(long, long), "what stands there may be sent back")
	require.Error(t, name.Fits(long, long+"x"))
	notes := incident.Field("work_notes")
	full := strings.Repeat("x", maxJournal)
	require.NoError(t, notes.Holds(full+"y", full+"y"))
	require.EqualError(t, notes.Holds(full, full+"y"), "work_notes would have more than 4194304 characters: say the rest in another record.")
}

func TestEveryTextThatPeopleWriteHasALimit(t *testing.T) {
	seen := 0
	for _, of := range All() {
		for _, f := range of.Fields {
			if f.Writable && f.Type == String && f.Choices == nil {
				require.Positive(t, f.MaxLength, of.Name+"."+f.Name)
				seen++
			}
		}
	}
	require.Greater(t, seen, 30)
}
