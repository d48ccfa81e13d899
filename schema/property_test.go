package schema

import "testing"

func TestEveryPropertyAcceptsItsDefault(t *testing.T) {
	for _, p := range AllProperties() {
		if p.Meaning == "" || p.Default < p.Min || p.Default > p.Max {
			t.Errorf("%s: default %d is not from %d to %d, or it has no meaning", p.Name, p.Default, p.Min, p.Max)
		}
		if found, ok := FindProperty(p.Name); !ok || found != p {
			t.Errorf("%s is not found by its name", p.Name)
		}
	}
}

func TestAPropertyRefusesWhatItIsNot(t *testing.T) {
	p, _ := FindProperty(JanitorIntervalSeconds)
	for _, text := range []string{"", "x", "0", "-1", "1.5", "86401", "99999999999999999999"} {
		if n, err := p.Parse(text); err == nil {
			t.Errorf("%q is taken for %d", text, n)
		}
	}
	if n, err := p.Parse(" 7 "); err != nil || n != 7 {
		t.Errorf("7 is taken for %d: %v", n, err)
	}
}
