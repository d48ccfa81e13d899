package wording

import (
	"strings"
	"time"

	"proactive/schema"
)

// maxDesktopText bounds what is shown on the screen, in characters: notifiers cut off longer ones without a sign.
const maxDesktopText = 240

// Code writes what the device shows when consent needs its code.
func Code(v schema.View, code string) schema.DesktopMessage {
	told := speakAbout(v, time.Time{}).texts.Desktop.Code
	return schema.DesktopMessage{Title: strings.ReplaceAll(told.Title, "{code}", code), Text: told.Text}
}

// Desktop writes what the device shows on every other occasion, without the link.
func Desktop(v schema.View, why schema.Occasion) schema.DesktopMessage {
	o := speakAbout(v, time.Time{})
	d := o.texts.Desktop
	told := o.onOccasion(why, occasions{d.Ask, d.Again, d.Remind, d.RemindConsent, d.RemindConfirm, d.Tell})
	return schema.DesktopMessage{Title: told.Title, Text: shortened(told.Text, maxDesktopText)}
}
