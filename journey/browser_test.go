package journey

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/journey/browser"
)

// What people do in a browser, each at their own pace, while one `dev` serves them all.
func TestPeopleInABrowser(t *testing.T) {
	t.Parallel()
	w := newBrowserWorld(t)
	for name, story := range map[string]func(*browserWorld){
		"the first request, from the paste to five stars": fromThePasteToFiveStars,
		"the same without a script":                       theSameWithoutAScript,
		"no thank you":                                    noThankYou,
		"no answer to the offer":                          func(w *browserWorld) { noAnswer(w, "brief", "silent.one") },
		"no answer to what would be done":                 func(w *browserWorld) { noAnswer(w, "brief-consent", "silent.two", "Yes, please help") },
		"no answer afterwards":                            func(w *browserWorld) { noAnswer(w, "brief-confirm", "silent.three", "Yes, please help", "Yes, do it") },
		"it did not help":                                 itDidNotHelp,
		"two tabs at once":                                twoTabsAtOnce,
		"in German":                                       inGerman,
		"steps in German":                                 stepsInGerman,
		"the code on the screen":                          theCodeOnTheScreen,
		"somebody to talk to":                             somebodyToTalkTo,
		"with the keyboard alone":                         withTheKeyboardAlone,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(w.in(t))
		})
	}
}

// Everything arrives by itself, at the mailbox and on a page that is only looked at.
func fromThePasteToFiveStars(w *browserWorld) {
	abel := w.visitor("abel.tuter", browser.Look{Width: browser.Phone})
	p := abel.opensMailbox()
	browser.Value[string](p, `window.same = "yes"`)
	id := w.pastes(w.requests[0])
	p.Until(`document.body.innerText.includes("to abel.tuter@example.com")`)
	require.Equal(w.t, "yes", browser.Value[string](p, `window.same`), "the mail shows up without the mailbox being loaded again")
	abel.examines(p, "1 mailbox")
	abel.isMailed(p)
	abel.examines(p, "2 mail")
	p.ClickInFrame(`a[style*="background-color"]`)

	p.WaitFor("Your computer is busy with one program. May we help?")
	p.WaitFor("abel-laptop")
	abel.examines(p, "3 asked")
	looksOn := abel.Open(browser.Value[string](p, `location.href`), abel.look)
	looksOn.WaitFor("May we help you?")
	browser.Value[string](looksOn, `window.same = "yes"`)
	p.Click("Yes, please help")
	p.WaitFor("We would end that program. Unsaved work in it is lost.")
	abel.examines(p, "4 consent")
	p.Click("Yes, do it")
	w.dev.says("The demo process of code 100 has ended. Another one runs as")
	looksOn.WaitFor("Did it help?")
	require.Equal(w.t, "yes", browser.Value[string](looksOn, `window.same`), "the questions came without the page being loaded again")
	p.WaitFor("Did it help?")
	abel.examines(p, "6 confirm")
	p.Click("Yes, it helped")
	p.WaitFor("How many stars do you give?")
	p.ClickOn(`input[value="5"]`)
	abel.examines(p, "7 feedback")
	p.Click("Send")
	p.WaitFor("You gave us 5 of 5 stars. Thank you!")
	abel.examines(p, "8 ended")
	looksOn.WaitFor("You gave us 5 of 5 stars. Thank you!")
	w.ends(id, "closed_complete", "resolved_by_user")
	require.Equal(w.t, "5", w.conversation(id, "rating"))
}

func theSameWithoutAScript(w *browserWorld) {
	noah := w.visitor("scriptless", browser.Look{Width: browser.Phone, NoScript: true})
	p := noah.opensMailbox()
	id := w.accepted(w.posts(w.onDemoProcess("100", "scriptless", w.requests[1])))
	noah.isMailed(p)
	p.ClickInFrame(`a[style*="background-color"]`)
	p.WaitFor("May we help you?")
	p.Click("Yes, please help")
	p.WaitFor("Unsaved work in it is lost.")
	p.Click("Yes, do it")
	w.dev.says("The demo process of code 110 has ended. Another one runs as")
	p.WaitFor("Did it help?")
	p.Click("Yes, it helped")
	p.WaitFor("How many stars do you give?")
	p.ClickOn(`input[value="5"]`)
	p.Click("Send")
	p.WaitFor("You gave us 5 of 5 stars. Thank you!")
	w.ends(id, "closed_complete", "resolved_by_user")
}

func noThankYou(w *browserWorld) {
	dana := w.visitor("declines", browser.Look{Width: browser.Desk})
	id := w.asked("quick", "declines")
	p := dana.follows()
	p.Click("No, thank you")
	p.WaitFor("As you wish")
	ended := w.ends(id, "closed_incomplete", "declined")
	p.WaitFor("Incident " + ended.Incident.Number)
	dana.examines(p, "declined")
	require.Contains(w.t, w.workNotes(id), "The person declines help.")
}

// noAnswer answers only so far, and then lets the time pass, which is short for the question that follows. The page tells when it is over.
func noAnswer(w *browserWorld, code, person string, clicks ...string) {
	v := w.visitor(person, browser.Look{Width: browser.Phone})
	id := w.asked(code, person)
	p := v.follows()
	for _, name := range clicks {
		p.Click(name)
	}
	p.WaitFor("We did not hear from you in time")
	ended := w.ends(id, "closed_incomplete", "no_response")
	p.WaitFor("Incident " + ended.Incident.Number)
	v.examines(p, "no answer")
	require.Contains(w.t, w.workNotes(id), "The person did not answer in time.")
}

func itDidNotHelp(w *browserWorld) {
	una := w.visitor("unhelped", browser.Look{Width: browser.Desk, Dark: true})
	id := w.asked("quick", "unhelped")
	p := una.follows()
	p.Click("Yes, please help")
	p.Click("Yes, do it")
	p.WaitFor("Did it help?")
	p.Fill("#comment", "It is <b>as slow</b> as before.\nPlease call.")
	p.Click("No, it did not help")
	p.WaitFor("We are sorry that it did not help")
	ended := w.ends(id, "closed_incomplete", "unresolved_by_user")
	p.WaitFor("Incident " + ended.Incident.Number)
	una.examines(p, "not helped")
	notes := w.workNotes(id)
	for _, said := range []string{"accepts help", "consents", "It is <b>as slow</b> as before.", "Please call."} {
		require.Contains(w.t, notes, said)
	}
}

// One of the two wins, and in the end both tabs tell the same.
func twoTabsAtOnce(w *browserWorld) {
	toby := w.visitor("two.tabs", browser.Look{Width: browser.Phone})
	for n := range 4 {
		id := w.asked("quick", "two.tabs")
		link := w.mailsTo("two.tabs@example.com", n+1)[0].Links[0]
		first, second := toby.Open(link, toby.look), toby.Open(link, toby.look)
		both(first, "accept", second, "decline")
		w.until(id, "answered", func(i issue) bool { return i.has("accepted") || i.has("declined") })
		title := "As you wish"
		if accepted := w.shows(id).has("accepted"); accepted {
			title = "May we do this?"
			require.False(w.t, w.shows(id).has("declined"))
		}
		for _, tab := range []*browser.Page{first, second} {
			tab.WaitFor(title)
		}
		if title != "As you wish" {
			second.Click("No, do not do it")
		}
		ended := w.ends(id, "closed_incomplete", "declined")
		for _, tab := range []*browser.Page{first, second} {
			tab.WaitFor("Incident " + ended.Incident.Number)
			tab.Close()
		}
	}
}

func inGerman(w *browserWorld) {
	beth := w.visitor("beth.anglin", browser.Look{Width: browser.Phone})
	id := w.asked("quick", "beth.anglin")
	p := beth.opensMailbox()
	beth.isMailed(p)
	require.Equal(w.t, "Dürfen wir Ihnen mit Ihrem Computer helfen?", browser.Value[string](p, `document.querySelector("h1").innerText`))
	mail := w.mailsTo("beth.anglin@example.com", 1)[0]
	require.Contains(w.t, mail.Text, "Guten Tag Beth Anglin,")
	require.Contains(w.t, mail.Text, "Dürfen wir helfen?")
	p.ClickInFrame(`a[style*="background-color"]`)
	p.WaitFor("Ihr Computer ist mit einem einzigen Programm beschäftigt. Dürfen wir helfen?")
	require.Equal(w.t, "de", browser.Value[string](p, `document.documentElement.lang`))
	beth.examines(p, "asked")
	p.Click("Ja, bitte helfen Sie")
	p.WaitFor("Was darin nicht gespeichert ist, geht verloren.")
	p.Click("Ja, tun Sie das")
	p.WaitFor("Hat es geholfen?")
	beth.examines(p, "confirm")
	p.Click("Nein, es hat nicht geholfen")
	ended := w.ends(id, "closed_incomplete", "unresolved_by_user")
	p.WaitFor("Störungsmeldung " + ended.Incident.Number)
	beth.examines(p, "ended")
}

func stepsInGerman(w *browserWorld) {
	greta := w.visitor("greta", browser.Look{Width: browser.Phone})
	id := w.asked("700", "greta")
	p := greta.follows()
	p.Click("Ja, bitte helfen Sie")
	p.WaitFor("Leeren Sie den Papierkorb.")
	p.WaitFor("Starten Sie Ihren Computer neu.")
	require.Equal(w.t, 3, browser.Value[int](p, `document.querySelectorAll("ol.steps li").length`))
	greta.examines(p, "steps")
	p.Click("Ja, es hat geholfen")
	p.Click("Überspringen")
	w.ends(id, "closed_complete", "resolved_by_user")
}

// What the device shows on its screen stands in the mailbox, too. A wrong code does nothing.
func theCodeOnTheScreen(w *browserWorld) {
	next := w.dev.says(`(?s)code 100 has ended\. Another one runs as \d+:\n\n(curl .*?\n\}')`)
	cody := w.visitor("coded", browser.Look{Width: browser.Phone, Dark: true})
	id := w.accepted(w.posts(w.onDemoProcess("code", "coded", next)))
	p := cody.follows()
	p.Click("Yes, please help")
	p.WaitFor("Code on your computer's screen")

	mailbox := cody.opensMailbox()
	mailbox.WaitFor("Your code: ")
	cody.examines(mailbox, "mailbox with the code")
	code := browser.Value[string](mailbox, `document.querySelector("main").innerText.match(/Your code: (\d{3} ?\d{3})/)[1]`)
	p.Fill("#code", "1")
	p.Click("Yes, do it")
	p.WaitFor("That is not the code that your computer shows.")
	p.WaitFor("Tries left: ")
	cody.looksAt(p, "wrong code") // the browser complains about the status
	require.False(w.t, w.shows(id).has("action_begun"))
	p.Fill("#code", code)
	p.Click("Yes, do it")
	p.WaitFor("Did it help?")
	p.Click("Yes, it helped")
	p.Click("Skip")
	p.WaitFor("It is solved")
	w.ends(id, "closed_complete", "resolved_by_user")
}

func somebodyToTalkTo(w *browserWorld) {
	wanda := w.visitor("waiting", browser.Look{Width: browser.Desk})
	id := w.asked("900", "waiting")
	p := wanda.follows()
	wanda.examines(p, "asked")
	p.Click("Yes, please help")
	p.WaitFor("Turn Wi-Fi off and on again.")
	wanda.examines(p, "steps")
	p.Fill("#comment", "Please call me.")
	p.Click("No, it did not help")
	p.WaitFor("A person takes over")
	w.ends(id, "closed_incomplete", "unresolved_by_user")
	p.WaitFor(w.value(`SELECT number FROM interaction WHERE correlation_id = $1`, id))
	wanda.examines(p, "a person takes over")

	desk := w.mailsTo("live-agents@example.com", 1)[0]
	require.Equal(w.t, "Please contact Wanda Waiting (waiting)", desk.Subject)
	require.NotContains(w.t, desk.Text, "/help/", "the link is the person's alone")
	mailbox := wanda.opensMailbox()
	mailbox.Click(desk.Subject)
	mailbox.Until(`document.querySelector("iframe") !== null`)
	wanda.examines(mailbox, "mail to the desk")
}

// From the mailbox to the last star without a mouse.
func withTheKeyboardAlone(w *browserWorld) {
	kay := w.visitor("keys", browser.Look{Width: browser.Desk})
	id := w.asked("quick", "keys")
	mail := w.mailsTo("keys@example.com", 1)[0]
	p := kay.opensMailbox()
	reach(p, `document.activeElement.href === "`+mail.Page+`"`)
	p.Press("\r")
	p.Until(`document.querySelector("iframe") !== null && document.readyState === "complete"`)
	reach(p, `document.activeElement.href === "`+mail.Links[0]+`"`) // in the list below the mail
	p.Press("\r")
	for _, reply := range []string{"accept", "consent", "helped"} {
		p.Until(`document.querySelector("button[value=` + reply + `]") !== null && document.readyState === "complete"`)
		reach(p, `document.activeElement.value === "`+reply+`"`)
		kay.examinesFocus(p, reply)
		p.Press("\r")
	}
	p.WaitFor("How many stars do you give?")
	reach(p, `document.activeElement.name === "rating"`)
	p.Press(" ")
	for range 3 {
		p.Press(browser.ArrowRight)
	}
	kay.examinesFocus(p, "rating")
	reach(p, `document.activeElement.innerText === "Send"`)
	p.Press("\r")
	p.WaitFor("You gave us 4 of 5 stars. Thank you!")
	w.ends(id, "closed_complete", "resolved_by_user")
}
