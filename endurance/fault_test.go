package endurance

import (
	"context"
	"syscall"
	"time"

	"proactive/devstack/pgproxy"
)

// breakIt lets a fault begin; repair ends it.
func (s *saboteur) breakIt(ctx context.Context, f fault) (repair func() error) {
	switch {
	case f.How == cutsOff:
		return cutOff(s.w.toPostgres[f.Target])
	case f.How == cutsAway:
		s.w.toTemporal[f.Target].breaks(true)
		return never(func() { s.w.toTemporal[f.Target].breaks(false) })
	case f.How == mishears:
		return mishear(ctx, s.w.toPostgres[f.Target], f.Lasts)
	case f.Target == "postgres":
		return s.breakPostgres(f.How)
	case f.Target == "temporal":
		return s.breakTemporal(f.How)
	}
	for _, r := range s.w.replicas() {
		if r.name == f.Target && f.How == kills {
			r.kill()
			return r.start
		}
		if r.name == f.Target {
			r.signal(syscall.SIGSTOP)
			return never(func() { r.signal(syscall.SIGCONT) })
		}
	}
	panic("nobody is called " + f.Target)
}

func (s *saboteur) breakPostgres(how string) (repair func() error) {
	p := s.w.postgres
	if how == pauses {
		p.Pause()
		return never(p.Resume)
	}
	p.Kill()
	return func() error { return p.Start(context.Background()) }
}

func (s *saboteur) breakTemporal(how string) (repair func() error) {
	t := s.w.temporal
	if how == pauses {
		syscall.Kill(t.PID(), syscall.SIGSTOP) //nolint:errcheck // it runs
		return never(func() { syscall.Kill(t.PID(), syscall.SIGCONT) })
	}
	t.Kill()
	return func() error { return t.Start(context.Background()) }
}

func cutOff(p *pgproxy.Proxy) (repair func() error) {
	p.Refuse(true)
	p.CutAll()
	return never(func() { p.Refuse(false) })
}

// mishear cuts connections at the worst moment: Postgres has committed, or has run a statement that commits by itself, and the client
// does not hear of it. That happens a few times while the fault lasts.
func mishear(ctx context.Context, p *pgproxy.Proxy, lasts time.Duration) (repair func() error) {
	ctx, cancel := context.WithTimeout(ctx, lasts)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; i < mostTimes && ctx.Err() == nil; i++ {
			h := p.AfterCommitOf("sn_pren_experience_issue")
			if i%2 == 1 {
				h = p.Hold("INSERT INTO sn_pren_experience_issue", pgproxy.AfterExecute)
			}
			if h.Wait(ctx) != nil {
				h.Release()
				return
			}
			h.Drop()
		}
	}()
	return never(func() {
		<-done
		cancel()
	})
}

// never makes a repair of one that cannot fail.
func never(repair func()) func() error {
	return func() error {
		repair()
		return nil
	}
}
