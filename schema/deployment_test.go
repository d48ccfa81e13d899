package schema

import (
	"errors"
	"fmt"
	"testing"
)

// deployed is a deployment from version v1 of a template that is at v2, with fields as from/template/registry.
func deployed(decision UpdateDecision, decided string, fields ...string) Deployment {
	d := Deployment{Registry: "g", Active: true, Decision: decision, Decided: decided, From: Version{SysID: "v1"}, Now: Version{SysID: "v2"}}
	for i, f := range fields {
		d.Fields = append(d.Fields, DeployedField{Name: fmt.Sprint("f", i), From: f[0:1], Template: f[1:2], Registry: f[2:3]})
	}
	return d
}

func TestAStatusFollowsFromWhatTheThreeSay(t *testing.T) {
	for _, c := range []struct {
		d    Deployment
		want DeploymentStatus
	}{
		{Deployment{}, NotDeployed},
		{deployed(Undecided, "", "aaa"), UpToDate},
		{deployed(Undecided, "", "aab"), UpToDate},
		{deployed(Undecided, "", "abb"), UpToDate},
		{deployed(Undecided, "", "aba"), UpdateAvailable},
		{deployed(Undecided, "", "abc"), UpdateAvailable},
		{deployed(UpdateIgnores, "v2", "aba"), UpdateIgnored},
		{deployed(UpdateIgnores, "v1", "aba"), UpdateAvailable},
		{deployed(UpdateIgnores, "v2", "aaa"), UpToDate},
		{deployed(UpdateByHand, "v1", "aba"), ManualUpdatePending},
		{deployed(UpdateByHand, "v2", "abb"), ManualUpdatePending},
	} {
		if got := c.d.Status(); got != c.want {
			t.Errorf("%+v is %s: want %s", c.d, got, c.want)
		}
	}
}

func TestAnActionTakesOverWhatItMay(t *testing.T) {
	available := deployed(Undecided, "", "aba", "aab", "abc", "aaa", "abb")
	for _, c := range []struct {
		action DeploymentAction
		d      Deployment
		want   string // take from decision decided active
	}{
		{DeployUpdate, available, "[f0] v2   true"},
		{DeployApply, available, "[f0] v2   true"},
		{DeployOverwrite, available, "[f0 f1 f2] v2   true"},
		{DeployWhole, deployed(Undecided, "", "aba"), "[f0] v2   true"},
		{DeployIgnore, available, "[] v1 ignored v2 true"},
		{DeployManual, available, "[] v1 manual v2 true"},
		{DeployDone, deployed(UpdateByHand, "v2", "aba"), "[] v2   true"},
		{DeployApply, deployed(UpdateByHand, "v2", "aba"), "[] v1 manual v2 true"},
		{DeployApply, deployed(UpdateIgnores, "v2", "aba"), "[] v1 ignored v2 true"},
		{DeployApply, deployed(UpdateIgnores, "v1", "aba"), "[f0] v2   true"},
		{DeployUpdate, deployed(UpdateIgnores, "v2", "aba"), "[f0] v2   true"},
		{DeployRetire, available, "[] v1   false"},
	} {
		s, err := c.d.After(c.action)
		if got := fmt.Sprint(s.Take, " ", s.From, " ", s.Decision, " ", s.Decided, " ", s.Active); got != c.want || err != nil {
			t.Errorf("%s makes %q, %v: want %q", c.action, got, err, c.want)
		}
	}
}

func TestAnActionThatWouldDoNothingGoodIsRefused(t *testing.T) {
	for _, c := range []struct {
		action DeploymentAction
		d      Deployment
		want   DeploymentRefusal
	}{
		{DeployUpdate, deployed(Undecided, "", "aab"), NothingToUpdate},
		{DeployManual, deployed(Undecided, "", "aaa"), NothingToUpdate},
		{DeployIgnore, deployed(Undecided, "", "aaa"), NothingToUpdate},
		{DeployDone, deployed(Undecided, "", "aba"), NoManualUpdate},
		{DeployWhole, deployed(Undecided, "", "aab"), WasCustomised},
	} {
		_, err := c.d.After(c.action)
		var refused *RefusedDeployment
		if !errors.As(err, &refused) || refused.Why != c.want {
			t.Errorf("%s gives %v: want %s", c.action, err, c.want)
		}
	}
}
