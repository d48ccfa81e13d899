package schema_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestNobodyIsWrittenToInQuietHours(t *testing.T) {
	const layout = "2006-01-02 15:04:05 MST"
	for name, c := range map[string]struct{ hours, zone, at, over string }{
		"never":                        {"", "Europe/Berlin", "2026-11-24 03:00", "2026-11-24 03:00:00 CET"},
		"late in the evening":          {"22:00-07:00", "Europe/Berlin", "2026-11-24 23:10", "2026-11-25 07:00:00 CET"},
		"the first minute":             {"22:00-07:00", "Europe/Berlin", "2026-11-24 22:00", "2026-11-25 07:00:00 CET"},
		"early in the morning":         {"22:00-07:00", "Europe/Berlin", "2026-11-25 06:59", "2026-11-25 07:00:00 CET"},
		"the last minute is over":      {"22:00-07:00", "Europe/Berlin", "2026-11-25 07:00", "2026-11-25 07:00:00 CET"},
		"by day":                       {"22:00-07:00", "Europe/Berlin", "2026-11-25 12:00", "2026-11-25 12:00:00 CET"},
		"a siesta":                     {"12:30-14:15", "Europe/Berlin", "2026-11-25 13:00", "2026-11-25 14:15:00 CET"},
		"before a siesta":              {"12:30-14:15", "Europe/Berlin", "2026-11-25 12:29", "2026-11-25 12:29:00 CET"},
		"after a siesta":               {"12:30-14:15", "Europe/Berlin", "2026-11-25 14:15", "2026-11-25 14:15:00 CET"},
		"until midnight":               {"20:00-00:00", "Europe/Berlin", "2026-12-31 20:30", "2027-01-01 00:00:00 CET"},
		"from midnight":                {"00:00-06:00", "Europe/Berlin", "2026-12-31 00:00", "2026-12-31 06:00:00 CET"},
		"the hour that does not come":  {"22:00-07:00", "Europe/Berlin", "2026-03-28 23:00", "2026-03-29 07:00:00 CEST"},
		"an end that does not come":    {"22:00-02:30", "Europe/Berlin", "2026-03-29 01:30", "2026-03-29 03:30:00 CEST"},
		"an end that does not come, 2": {"22:00-02:30", "Europe/Berlin", "2026-03-28 23:30", "2026-03-29 03:30:00 CEST"},
		"an hour that comes twice":     {"22:00-07:00", "Europe/Berlin", "2026-10-24 23:30", "2026-10-25 07:00:00 CET"},
		"a day without its midnight":   {"21:00-00:00", "America/Havana", "2026-03-07 22:00", "2026-03-08 01:00:00 CDT"},
		"half an hour off the others":  {"22:00-07:00", "Asia/Kolkata", "2026-11-24 23:10", "2026-11-25 07:00:00 IST"},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := schema.ParseQuietHours(c.hours)
			require.NoError(t, err)
			at, err := time.ParseInLocation("2006-01-02 15:04", c.at, schema.Zone(c.zone))
			require.NoError(t, err)
			over := q.Over(at)
			require.Equal(t, c.over, over.Format(layout))
			require.True(t, q.Over(over).Equal(over), "it is not quiet then")
		})
	}
}

func TestQuietHoursEndOnceOnTheDaysWhenTheClockIsPutOnOrBack(t *testing.T) {
	for _, text := range []string{"22:00-07:00", "22:00-02:30", "02:15-02:45", "00:00-03:00", "03:00-01:00", "12:00-11:59"} {
		q, err := schema.ParseQuietHours(text)
		require.NoError(t, err)
		require.Equal(t, text, q.String())
		for _, zone := range []string{"Europe/Berlin", "America/New_York", "America/Havana", "Australia/Lord_Howe", "UTC"} {
			for _, day := range []time.Time{time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC),
				time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 3, 0, 0, 0, 0, time.UTC)} {
				for minute := range 3 * 24 * 60 / 15 {
					at := day.Add(time.Duration(15*minute) * time.Minute).In(schema.Zone(zone))
					over := q.Over(at)
					require.False(t, over.Before(at), "%s in %s at %s", text, zone, at)
					require.LessOrEqual(t, over.Sub(at), 26*time.Hour, "%s in %s at %s", text, zone, at)
					require.True(t, q.Over(over).Equal(over), "%s in %s at %s: it is not over at %s", text, zone, at, over)
				}
			}
		}
	}
}

func TestWhatAreNoQuietHours(t *testing.T) {
	for _, text := range []string{"22:00", "22-07", "22:00-25:00", "22:00-22:00", "22:00-07:00-08:00", "late"} {
		_, err := schema.ParseQuietHours(text)
		require.Error(t, err, text)
	}
}
