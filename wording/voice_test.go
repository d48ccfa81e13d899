package wording

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimesAreSaidAsPeopleSayThemWhereTheyAre(t *testing.T) {
	for _, c := range []struct {
		language, zone string
		at             time.Time
		want           string
	}{
		{"en", "Europe/Berlin", noon.Add(2 * time.Hour), "today, 2:00 pm (CET)"},
		{"de", "Europe/Berlin", noon.Add(2 * time.Hour), "heute, 14:00 Uhr (MEZ)"},
		{"de", "Europe/Berlin", noon.Add(12 * time.Hour), "morgen, 00:00 Uhr (MEZ)"},
		{"en", "America/New_York", noon.Add(12 * time.Hour), "today, 6:00 pm (EST)"},
		{"en", "Asia/Kolkata", noon.Add(24 * time.Hour), "tomorrow, 4:30 pm (IST)"},
		{"en", "America/Sao_Paulo", noon, "today, 8:00 am (UTC-03)"},
		{"en", "", noon.Add(-24 * time.Hour), "Sunday, 1 March, 11:00 am (UTC)"},
		{"de", "Europe/Berlin", noon.AddDate(0, 1, 0), "Donnerstag, 2. April, 13:00 Uhr (MESZ)"},
	} {
		v := asked(c.language)
		v.TimeZone = c.zone
		require.Equal(t, c.want, speakAbout(v, noon).when(c.at))
	}
}

func TestAMailDoesNotSayTodayAsNobodyKnowsWhenItIsRead(t *testing.T) {
	require.Equal(t, "Monday, 2 March, 12:00 pm (CET)", speakAbout(asked("en"), time.Time{}).when(noon))
}
