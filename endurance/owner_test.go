package endurance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// owner changes the registry while it is used: one does with files, another one with the Table API.
type owner struct {
	writer
	w      *world
	random *rand.Rand
	edits  []*edit
	sends  func(ctx context.Context, e *edit) said // tries once
}

// edit is one change of an owner's.
type edit struct {
	N        int
	By       string
	Table    string // in which it changes a row, and the template's registry row with it
	Row      string // as versions name it
	Tries    int    // how often it was sent
	Said     said
	Answered time.Time

	resolution *revised // what it changes; nil: an issue's template
	code       string
}

// mark is what the changed field holds, and no other edit writes.
func (e *edit) mark() string { return fmt.Sprintf("revision-%d", e.N) }

// revised is a resolution that owners change: the parameters of what calls the hook.
type revised struct{ name, action, path, onSuccess string }

var (
	revisedResolutions = []revised{{"call", "call", "/ok", "close"}, {"call-slowly", "call", "/slow", "close"}, {"call-once", "call-once", "/ok", "close"},
		{"call-and-wait", "call", "/ok", "action_wait"}}
	revisedIssues = map[string]string{"quick": "call", "slow": "call-slowly", "once": "call-once"} // with their resolutions
	revisedCodes  = []string{"quick", "slow", "once"}
)

const (
	templates   = "sn_pren_issue_registry_template"
	registry    = "sn_pren_issue_registry"
	resolutions = "sn_pren_resolution"
	actions     = "sn_reacf_remedial_action"

	mostBetweenEdits = 1500 * time.Millisecond
)

// newOwners are the two. Edits of the one have odd numbers, those of the other even ones.
func newOwners(w *world, seed uint64) []*owner {
	make := func(n uint64, user string) *owner {
		return &owner{writer: writer{caller: newCaller(w.urls(), user)}, w: w, random: rand.New(rand.NewPCG(seed, 10+n))}
	}
	filer, clicker := make(0, "filer"), make(1, "clicker")
	filer.sends, clicker.sends = filer.applies, clicker.clicks
	return []*owner{filer, clicker}
}

// work changes one thing after the other, each until it is clear that it is changed.
func (o *owner) work(ctx context.Context, first int, until time.Time) {
	for n := first; sleep(ctx, time.Duration(o.random.Int64N(int64(mostBetweenEdits)))) && time.Now().Before(until); n += 2 {
		e := o.thinksOf(n)
		o.edits = append(o.edits, e)
		for over := time.Now().Add(givesUp); time.Now().Before(over); sleep(ctx, asksBack) {
			if e.Said = o.sends(ctx, e); e.Said == accepted || e.Said == strange || ctx.Err() != nil {
				break
			}
		}
		e.Answered = time.Now()
	}
}

func (o *owner) thinksOf(n int) *edit {
	e := &edit{N: n, By: o.user}
	if o.random.IntN(3) == 0 {
		e.code = revisedCodes[o.random.IntN(len(revisedCodes))]
		e.Table, e.Row = templates, "sn/"+e.code
		return e
	}
	e.resolution = &revisedResolutions[o.random.IntN(len(revisedResolutions))]
	e.Table, e.Row = resolutions, e.resolution.name
	return e
}

// parameters of the resolution, with the mark in the address that is called.
func (e *edit) parameters(hook string) string {
	return fmt.Sprintf(`{"method":"POST","url":"http://%s%s?is=%s"}`, hook, e.resolution.path, e.mark())
}

func (e *edit) description() string { return "As of " + e.mark() }

// file is the edit as a catalogue.
func (e *edit) file(hook string) string {
	if e.resolution == nil {
		return fmt.Sprintf("issues: [{provider: sn, issue_code: %s, short_description: %s, resolution: %s, deployed: true}]\n",
			e.code, e.description(), revisedIssues[e.code])
	}
	r := e.resolution
	return fmt.Sprintf("resolutions: [{name: %s, type: remedial_action, remedial_action: %s, on_success: %s, parameters: %s}]\n",
		r.name, r.action, r.onSuccess, e.parameters(hook))
}

// applies the edit as a file. Now and then the command is killed in between.
func (o *owner) applies(ctx context.Context, e *edit) said {
	within := 15 * time.Second
	if o.random.IntN(5) == 0 {
		within = time.Duration(o.random.Int64N(int64(400 * time.Millisecond)))
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.w.program, "apply", "-f", "-", "--by", o.user)
	cmd.Env, cmd.Stdin = o.w.env("DATABASE_URL="+o.w.toPostgres["owner"].URL()), strings.NewReader(e.file(o.w.hook.address))
	e.Tries++
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return accepted
	case strings.Contains(string(out), "in the catalogue"):
		o.strange = append(o.strange, fmt.Sprintf("a catalogue was refused: %s", out))
		return strange
	}
	return unclear
}

// clicks makes the edit by the Table API, if it is not made already, and deploys the template that it changes.
func (o *owner) clicks(ctx context.Context, e *edit) said {
	query, field, value := "issue_code="+e.code, "short_description", e.description()
	if e.resolution != nil {
		query, field, value = "name="+e.resolution.name, "parameters", e.parameters(o.w.hook.address)
	}
	api := o.random.IntN(2)
	found, ok := o.rows(api, e.Table, query)
	if !ok || len(found) != 1 {
		return unclear
	}
	now := found[0]
	if now[field] != value {
		e.Tries++
		if s := o.patch(api, e.Table, now["sys_id"], now["sys_mod_count"], row{field: value}); s != accepted {
			return s
		}
	}
	if e.resolution == nil {
		o.deploys(ctx, now["sys_id"])
	}
	return accepted
}

// deploys takes over what a template says, unless somebody else is first.
func (o *owner) deploys(ctx context.Context, template string) {
	path := "/api/sn_pren/self_remediation/issue_registry/" + template + "/update"
	for over := time.Now().Add(givesUp); time.Now().Before(over); sleep(ctx, asksBack) {
		a, err := o.send(http.MethodPost, o.apis[o.random.IntN(2)], path, nil)
		if err == nil && a.status == http.StatusConflict {
			return
		}
		if s := o.judge(a, err, "POST "+path); s != unclear || ctx.Err() != nil {
			return
		}
	}
}

// editsOf are all that the owners have made.
func editsOf(owners []*owner) (all []edit, strange []string) {
	for _, o := range owners {
		for _, e := range o.edits {
			all = append(all, *e)
		}
		strange = append(strange, o.strange...)
	}
	slices.SortFunc(all, func(a, b edit) int { return a.N - b.N })
	return all, strange
}
