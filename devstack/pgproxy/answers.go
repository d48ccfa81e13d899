package pgproxy

// passAnswers keeps back the answer to a held batch until all of it is here and the test lets it go.
func (c *connection) passAnswers() {
	var kept []byte
	for {
		m, err := readMessage(c.fromServer, true)
		if err != nil {
			return
		}
		kept = append(kept, m.raw...)
		held, complete := c.progress(m)
		if held != nil && !complete {
			continue
		}
		if held != nil && !held.stop(c.ended) {
			return
		}
		if _, err := c.client.Write(kept); err != nil {
			return
		}
		kept = kept[:0]
	}
}

// progress says who holds the answer that m belongs to, and whether m is its end.
func (c *connection) progress(m message) (held *Held, complete bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held = c.after[c.answered+1]
	if m.kind != readyForQueryB {
		return held, false
	}
	c.answered++
	delete(c.after, c.answered)
	if idle := len(m.body) == 1 && m.body[0] == 'I'; idle && c.answered == c.asked {
		clear(c.armed) // the transaction is over, and with it the wait for its COMMIT
	}
	return held, true
}
