package journey

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"
)

// computer is a person's, with a program on it that does not end when it is asked to.
type computer struct {
	u      *upgrade
	person string
	victim *process
	device *device
	agent  *process
	screen screen
}

func (u *upgrade) computer(person string) *computer {
	return &computer{u: u, person: person, victim: deafSleeper(u.t)}
}

func (c *computer) report() map[string]any {
	return map[string]any{
		"endpoint":         map[string]any{"user_name": c.person, "CI": computerOf(c.person)},
		"input_parameters": map[string]any{"process_id": strconv.Itoa(c.victim.pid())},
	}
}

// isEnrolled gives the computer an agent that is not started yet.
func (c *computer) isEnrolled() {
	c.device = c.u.enrolls(computerOf(c.person))
	c.device.allows("1s", c.victim)
}

// isPatient starts the old version's agent, which waits for a minute until it makes the program end.
func (c *computer) isPatient() {
	if c.device == nil {
		c.isEnrolled()
	}
	c.device.allows("1m", c.victim)
	c.asks(c.u.world)
}

// showsMessages starts the old version's agent at a desktop.
func (c *computer) showsMessages() {
	c.isEnrolled()
	c.screen = c.device.screen(c.victim)
	c.asks(c.u.world)
}

// asks starts the computer's agent, of the version that a world runs.
func (c *computer) asks(w *world) {
	at := *c.device
	at.w = w
	c.agent = at.agent()
}

func computerOf(person string) string {
	sum := md5.Sum([]byte(person))
	return hex.EncodeToString(sum[:])
}
