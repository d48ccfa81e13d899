package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"
	"unicode"

	"proactive/schema"
)

// showMessage shows a message to whoever sits at the device. The message may hold a code, so neither the journal, nor the log, nor the
// result holds any of it.
type showMessage struct {
	show func(context.Context, schema.DesktopMessage) error
}

// The bounds of a message, in characters; what is longer is cut off.
const (
	longestTitle = 200
	longestText  = 2000
	longestLink  = 2000 // a longer one is refused
)

func (s showMessage) identify(t task) (json.RawMessage, *schema.ActionResult) {
	if t.policy.Actions.ShowMessage == nil {
		return nil, failed("The policy of this device does not allow to show messages.")
	}
	_, complaint := readMessage(t.job.Parameters)
	if complaint != "" {
		return nil, failed(complaint)
	}
	return nil, nil
}

func (s showMessage) run(ctx context.Context, t task, _ json.RawMessage) schema.ActionResult {
	message, complaint := readMessage(t.job.Parameters)
	if complaint != "" {
		return *failed(complaint)
	}
	err := s.show(ctx, message)
	switch {
	case err == nil:
		return schema.ActionResult{Status: schema.ActionSucceeded, Message: "The message was shown."}
	case ctx.Err() != nil: // it may stand on the screen
		result := stopped(ctx)
		result.Status = schema.ActionUnknown
		return result
	}
	return *failed(err.Error())
}

// readMessage reads title, text and link. A complaint is a sentence for the timeline; it repeats no value.
func readMessage(parameters json.RawMessage) (m schema.DesktopMessage, complaint string) {
	decoder := json.NewDecoder(bytes.NewReader(parameters))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return m, "The parameters are not title, text and link."
	}
	m.Title, m.Text = printable(strings.ReplaceAll(m.Title, "\n", " "), longestTitle), printable(m.Text, longestText)
	if m.Title == "" {
		return m, "The parameter title says nothing."
	}
	if m.Link != "" && !isWebAddress(m.Link) {
		return m, "The parameter link is not a web address."
	}
	return m, ""
}

// printable is a text of at most so many characters, without any that steer a terminal or turn the direction of writing.
func printable(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return -1
	}, strings.ToValidUTF8(text, ""))
	text = strings.TrimSpace(text)
	if characters := []rune(text); len(characters) > most {
		text = string(characters[:most-1]) + "…"
	}
	return text
}

func isWebAddress(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(link) <= longestLink &&
		!strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r > '~' })
}

// body is what stands below the title.
func body(m schema.DesktopMessage) string {
	return strings.TrimSpace(m.Text + "\n\n" + m.Link)
}

// notifier is a program that shows a message. It is given of the environment what it needs, and not the agent's token.
func notifier(ctx context.Context, path string, arguments, environment []string) *exec.Cmd {
	program := exec.CommandContext(ctx, path, arguments...)
	program.Env = []string{} // nil would be all
	for _, name := range environment {
		if value, set := os.LookupEnv(name); set {
			program.Env = append(program.Env, name+"="+value)
		}
	}
	program.WaitDelay = 5 * time.Second
	return program
}

// notShown is a sentence about why a message was not shown.
type notShown string

func (n notShown) Error() string { return string(n) }

const (
	errNoSession  notShown = "There is no desktop session on this device."
	errNoNotifier notShown = "There is no notifier on this device."
	errNotShown   notShown = "The notifier did not show the message."
)
