package agent

import (
	"context"
	"html"
	"os"
	"os/exec"

	"proactive/schema"
)

// showOnScreen asks notify-send(1), which reads the body as markup.
func showOnScreen(ctx context.Context, m schema.DesktopMessage) error {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" && os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		return errNoSession
	}
	path, err := exec.LookPath("notify-send")
	if err != nil {
		return errNoNotifier
	}
	program := notifier(ctx, path, []string{"--", m.Title, html.EscapeString(body(m))}, []string{
		"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XAUTHORITY", "HOME", "PATH", "LANG", "LC_ALL", "LC_CTYPE"})
	if program.Run() != nil {
		return errNotShown
	}
	return nil
}
