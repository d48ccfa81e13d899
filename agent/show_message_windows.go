package agent

import (
	"context"
	"path/filepath"

	"golang.org/x/sys/windows"

	"proactive/schema"
)

// showScript takes the title and the body from its environment. The notifier is PowerShell's own.
const showScript = `$ErrorActionPreference = 'Stop'
[Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime] | Out-Null
$toast = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$texts = $toast.GetElementsByTagName('text')
$texts.Item(0).AppendChild($toast.CreateTextNode($env:PROACTIVE_MESSAGE_TITLE)) | Out-Null
$texts.Item(1).AppendChild($toast.CreateTextNode($env:PROACTIVE_MESSAGE_BODY)) | Out-Null
$notifier = [Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier('{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\WindowsPowerShell\v1.0\powershell.exe')
$notifier.Show([Windows.UI.Notifications.ToastNotification]::new($toast))`

// showOnScreen asks Windows PowerShell. A service has no screen.
func showOnScreen(ctx context.Context, m schema.DesktopMessage) error {
	var session uint32
	if err := windows.ProcessIdToSessionId(windows.GetCurrentProcessId(), &session); err != nil || session == 0 {
		return errNoSession
	}
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return errNoNotifier
	}
	program := notifier(ctx, filepath.Join(system, `WindowsPowerShell\v1.0\powershell.exe`), []string{"-NoProfile", "-NonInteractive", "-Command", showScript},
		[]string{"SystemRoot", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PATH"})
	program.Env = append(program.Env, "PROACTIVE_MESSAGE_TITLE="+m.Title, "PROACTIVE_MESSAGE_BODY="+body(m))
	if program.Run() != nil {
		return errNotShown
	}
	return nil
}
