package devstack_test

import (
	"os"
	"testing"

	"proactive/devstack/stacktest"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Run(m)) }

func TestStart(t *testing.T) {
	p := stacktest.Postgres(t)
	t.Log(p.URL("x"), p.Version(), p.Dir())
	for range 3 {
		u := stacktest.Database(t, "schema", func(url string) error { return nil })
		t.Log(u)
	}
}

func TestTemporal(t *testing.T) {
	for range 3 {
		a, n := stacktest.Namespace(t, map[string]string{"ExperienceId": "Keyword", "N": "Int"})
		t.Log(a, n)
	}
}
