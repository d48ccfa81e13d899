package schema

import (
	"errors"
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
	if q == (QuietHours{}) {
		return t
	}
	now := sinceMidnight(t)
	day := 0
	switch {
	case q.From < q.To && (now < q.From || now >= q.To), q.From > q.To && now < q.From && now >= q.To:
		return t
	case q.From > q.To && now >= q.From:
		day = 1
	}
	end := time.Date(t.Year(), t.Month(), t.Day()+day, int(q.To/time.Hour), int(q.To%time.Hour/time.Minute), 0, 0, t.Location())
	if !end.After(t) { // the clock was put back: the same time comes twice
		return t
	}
	return end
}
