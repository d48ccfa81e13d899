package wording

import (
	"strings"
	"time"

	"proactive/schema"
)

// maxDesktopText bounds what is shown on the screen, in characters: notifiers cut off longer ones without a sign.
const maxDesktopText = 240

// Desktop writes what the device shows, without the link. code is for OccasionCode only.
func Desktop(v schema.View, why schema.Occasion, code string) schema.DesktopMessage {
	o := speakAbout(v, time.Time{})
	d := o.texts.Desktop
	if why == schema.OccasionCode {
		return schema.DesktopMessage{Title: strings.ReplaceAll(d.Code.Title, "{code}", code), Text: d.Code.Text}
	}
	told := o.onOccasion(why, occasions{d.Ask, d.Again, d.Remind, d.RemindConsent, d.RemindConfirm, d.Tell})
	return schema.DesktopMessage{Title: told.Title, Text: shortened(told.Text, maxDesktopText)}
}
