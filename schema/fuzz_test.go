package schema

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzQuietHours: what is read as quiet hours is written as the same, and whenever it is, they end within a day or so.
func FuzzQuietHours(f *testing.F) {
	for _, text := range []string{"22:00-07:00", "07:00-22:00", " 0:00 - 23:59 ", "02:00-03:00", "24:00-25:00", "22:00-07:00-08:00", "-", "", "7-8"} {
		for zone := range zones {
			f.Add(text, int64(1_774_744_200), uint8(zone)) // the clocks of Berlin are about to be put forward
		}
	}
	f.Fuzz(func(t *testing.T, text string, at int64, zone uint8) {
		q, err := ParseQuietHours(text)
		if err != nil {
			return
		}
		if text != "" {
			if again, err := ParseQuietHours(q.String()); err != nil || again != q {
				t.Fatalf("%q is written %q, which is %v: %v", text, q, again, err)
			}
		}
		now := time.Unix(at%(1<<34), 0).In(Zone(zones[int(zone)%len(zones)]))
		over := q.Over(now)
		if over.Before(now) || over.Sub(now) > 50*time.Hour || q.quiet(over) {
			t.Fatalf("%q at %s is over at %s", text, now, over)
		}
	})
}

var zones = []string{"UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "Africa/Monrovia", "no/where"}

// FuzzStorable: what is called storable has no character that Postgres lacks, whoever reads it, and what is made so stays so.
func FuzzStorable(f *testing.F) {
	for _, seed := range []string{`{"a":"\u0000"}`, `"\ud83d\ude00"`, `"\ud800"`, `"\\u0000"`, `["\uDC00\uD800"]`, "\x00\xff", "plain"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kept := Storable(text)
		if !utf8.ValidString(kept) || strings.Contains(kept, "\x00") || Storable(kept) != kept {
			t.Fatalf("%q becomes %q", text, kept)
		}
		var value any
		if !utf8.ValidString(text) || json.Unmarshal([]byte(text), &value) != nil || !StorableJSON([]byte(text)) {
			return
		}
		if read, _ := json.Marshal(value); strings.Contains(string(read), `\u0000`) && !strings.Contains(text, `\\u0000`) {
			t.Fatalf("%q holds a NUL", text)
		}
		if read, _ := json.Marshal(value); strings.ContainsRune(string(read), utf8.RuneError) && !strings.ContainsRune(text, utf8.RuneError) && !strings.Contains(strings.ToLower(text), `\ufffd`) {
			t.Fatalf("%q holds half a character", text)
		}
	})
}
