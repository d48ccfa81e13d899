package agent

import (
	"context"
	"strings"

	"proactive/schema"
)

// showScript takes the title and the body as arguments.
const showScript = `on run argv
	display notification (item 2 of argv) with title (item 1 of argv)
end run`

// showOnScreen asks osascript(1), which reads the script from its standard input.
func showOnScreen(ctx context.Context, m schema.DesktopMessage) error {
	program := notifier(ctx, "/usr/bin/osascript", []string{"-", m.Title, body(m)}, []string{"HOME", "PATH", "TMPDIR", "LANG"})
	program.Stdin = strings.NewReader(showScript)
	if program.Run() != nil {
		return errNotShown
	}
	return nil
}
