package journey

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// A forwarded mail cannot consent to what is sensitive: that takes the code that the device shows.
func TestOnlyTheCodeOnTheScreenConsentsToWhatIsSensitive(t *testing.T) {
	t.Parallel()
	w, victim, id, p, code := asksForCode(t)
	for _, wrong := range []string{"", "000000", code[:5]} {
		require.Equal(t, http.StatusUnprocessableEntity, p.answers(p.opens(), "consent", "code="+wrong).Status)
	}
	require.Equal(t, "0", w.value(`SELECT count(*) FROM ci_job WHERE purpose = 'action'`))
	require.Equal(t, "0", w.value(`SELECT count(*) FROM sn_pren_experience_issue_event WHERE detail LIKE '%' || $1 || '%'`, code))
	p.says("consent", "code="+code[:3]+" "+code[3:])
	victim.ends()
	p.says("helped")
	p.says("feedback")
	w.ends(id, "closed_complete", "resolved_by_user")
	require.Equal(t, "0", w.value(`SELECT count(*) FROM ci_job WHERE parameters::text LIKE '%' || $1 || '%'`, code), "the code is kept nowhere")
}

func TestWhoGuessesTheCodeIsTurnedAway(t *testing.T) {
	t.Parallel()
	w, victim, id, p, _ := asksForCode(t)
	for range 5 {
		p.answers(p.opens(), "consent", "code=1")
	}
	w.ends(id, "closed_incomplete", "declined")
	require.True(t, victim.alive())
}

// asksForCode goes as far as the question for consent, when the device shows its code.
func asksForCode(t *testing.T) (w *world, victim *process, id string, p person, code string) {
	t.Helper()
	w = newTalkWorld(t, noMail)
	w.serveAndRun()
	victim = sleeper(t)
	d := w.enrolls(abelsLaptop)
	screen := d.screen(victim)
	d.agent()
	id = w.accepted(w.posts(onProcess("ask-code", victim.pid(), nil)))
	p = w.person(id)
	p.says("accept")
	return w, victim, id, p, screen.shows(`\b\d{6}\b`)
}

// screen is where a device shows messages.
type screen struct {
	t    *testing.T
	file string
}

// screen gives the device a desktop on which messages are shown, and lets the agent end a program.
func (d *device) screen(program *process) screen {
	d.w.t.Helper()
	bin := d.w.t.TempDir()
	s := screen{d.w.t, filepath.Join(bin, "shown")}
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" >> " + s.file + "\n"
	require.NoError(d.w.t, os.WriteFile(filepath.Join(bin, "notify-send"), []byte(script), 0o755))
	d.env = append(d.env, "PATH="+bin+":"+os.Getenv("PATH"), "DISPLAY=:99")
	d.policy = d.w.file("policy.yaml", fmt.Sprintf("actions:\n  show_message: {}\n  end_process:\n    grace: 1s\n    processes:\n      - {executable: %s, pid: %d}\n",
		executable(d.w.t, program.cmd.Path), program.pid()))
	return s
}

// shows waits until something that fits is shown.
func (s screen) shows(pattern string) (found string) {
	s.t.Helper()
	eventually(s.t, "the screen shows "+pattern, func() bool {
		text, err := os.ReadFile(s.file)
		found = regexp.MustCompile(pattern).FindString(string(text))
		return err == nil && found != ""
	})
	return found
}
