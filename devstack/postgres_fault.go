package devstack

import "slices"

// Kill ends the server as a loss of power would: it and all that it started are killed at once. It returns when they are gone.
func (p *Postgres) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == nil || p.process.ended() {
		return
	}
	signalAll(p.freeze(), killSignal)
	p.process.kill()
}

// Pause stops the server and all that it started in their tracks: connections stay open and nobody answers.
func (p *Postgres) Pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process != nil && !p.process.ended() {
		p.freeze()
	}
}

// Resume lets a paused server go on.
func (p *Postgres) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process != nil && !p.process.ended() {
		pid := p.process.pid()
		signalAll(append(children(pid), pid), continueSignal)
	}
}

// freeze stops the server, then whatever it had started by then, and returns all their ids.
func (p *Postgres) freeze() []int {
	pid := p.process.pid()
	signalAll([]int{pid}, stopSignal)
	known := []int{pid}
	for {
		all := append([]int{pid}, children(pid)...)
		fresh := slices.DeleteFunc(slices.Clone(all), func(id int) bool { return slices.Contains(known, id) })
		if len(fresh) == 0 {
			return all
		}
		signalAll(fresh, stopSignal)
		known = append(known, fresh...)
	}
}
