package schema

import "testing"

func TestEveryPropertyAcceptsItsDefault(t *testing.T) {
	for _, p := range AllProperties() {
		if value, err := p.Parse(p.Default); p.Meaning == "" || err != nil || value != p.Default {
			t.Errorf("%s: its default %q is read as %q, %v, or it has no meaning", p.Name, p.Default, value, err)
		}
		if found, ok := FindProperty(p.Name); !ok || found.Meaning != p.Meaning {
			t.Errorf("%s is not found by its name", p.Name)
		}
	}
}

func TestAPropertyRefusesWhatItIsNot(t *testing.T) {
	for name, texts := range map[string][]string{
		JanitorIntervalSeconds: {"", "x", "0", "-1", "1.5", "86401", "99999999999999999999"},
		QuietHoursProperty:     {"x", "22-7", "22:00", "22:00-24:30", "07:00-07:00"},
		DefaultTimeZone:        {"", "Local", "Mars/Olympus"},
		DefaultLanguage:        {"", "german", "d", "de_DE", "de-", "de DE"},
		OrganisationName:       {"", "two\nlines"},
		OrganisationContact:    {"two\nlines"},
	} {
		p, _ := FindProperty(name)
		for _, text := range texts {
			if value, err := p.Parse(text); err == nil {
				t.Errorf("%s: %q is taken for %q", name, text, value)
			}
		}
	}
	for name, text := range map[string]string{QuietHoursProperty: "22:00-07:00", DefaultTimeZone: "Europe/Berlin", DefaultLanguage: "pt-BR", OrganisationContact: ""} {
		p, _ := FindProperty(name)
		if value, err := p.Parse(text); err != nil || value != text {
			t.Errorf("%s: %q is taken for %q, %v", name, text, value, err)
		}
	}
	p, _ := FindProperty(JanitorIntervalSeconds)
	if value, err := p.Parse(" 7 "); err != nil || value != "7" {
		t.Errorf("7 is taken for %s: %v", value, err)
	}
}
