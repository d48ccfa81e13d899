package schema

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// QuietHours is when a person is not written to, by the clock where they are. The zero value is never.
type QuietHours struct{ From, To time.Duration } // since midnight; From after To spans midnight

// ParseQuietHours reads a text like 22:00-07:00; "" is never.
func ParseQuietHours(text string) (QuietHours, error) {
	if text == "" {
		return QuietHours{}, nil
	}
	from, to, _ := strings.Cut(text, "-")
	begin, err := time.Parse("15:04", strings.TrimSpace(from))
	end, err2 := time.Parse("15:04", strings.TrimSpace(to))
	if err != nil || err2 != nil || begin.Equal(end) {
		return QuietHours{}, errors.New("must be two times of day, like 22:00-07:00, or empty")
	}
	return QuietHours{sinceMidnight(begin), sinceMidnight(end)}, nil
}

func checkQuietHours(text string) error {
	_, err := ParseQuietHours(text)
	return err
}

func sinceMidnight(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second +
		time.Duration(t.Nanosecond())
}

// Over is t when it is not quiet then, else the end of the quiet hours that t lies in. t is in the person's time zone.
func (q QuietHours) Over(t time.Time) time.Time {
	for q.quiet(t) {
		t = q.next(t)
	}
	return t
}

func (q QuietHours) quiet(t time.Time) bool {
	now := sinceMidnight(t)
	if q.From <= q.To {
		return q.From <= now && now < q.To
	}
	return q.From <= now || now < q.To
}

// next is when the clock shows To for the next time. Where it is put forward past To or back before it, a first guess may be no
// later than t, or quiet still.
func (q QuietHours) next(t time.Time) time.Time {
	day, left := 0, q.To-sinceMidnight(t)
	if left <= 0 {
		day, left = 1, left+24*time.Hour
	}
	end := time.Date(t.Year(), t.Month(), t.Day()+day, int(q.To/time.Hour), int(q.To%time.Hour/time.Minute), 0, 0, t.Location())
	if !end.After(t) {
		return t.Add(left)
	}
	return end
}

func (q QuietHours) String() string { return clock(q.From) + "-" + clock(q.To) }

func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}
