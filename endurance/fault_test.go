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
		return mishear(ctx, s.w.toPostgres[f.Target], misheard[f.Target], f.Lasts)
	case f.Target == "postgres":
		return s.breakPostgres(f.How)
	case f.Target == "temporal":
		return s.breakTemporal(f.How)
	case f.Target == "provider":
		return s.w.provider.breaks(f.How)
	case f.Target == "team":
		s.w.team.stop()
		return s.w.team.start
	case f.Target == "instance":
		return s.w.instance.breaks(f.How)
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

// misheard are pieces of statements, by who sends them. In turn each is committed, by itself or with its transaction, and that is not heard.
var misheard = map[string][]string{
	"api-1":    ofAPI,
	"api-2":    ofAPI,
	"worker-1": ofWorker,
	"worker-2": ofWorker,
	"owner":    {"sn_pren_resolution"},
}

var (
	ofAPI    = []string{"INSERT INTO sn_pren_experience_issue", "UPDATE sn_pren_outcome", "UPDATE incident"}
	ofWorker = []string{"INSERT INTO sn_pren_experience_issue", "INSERT INTO sn_pren_delivery_attempt"}
)

// mishear cuts connections at the worst moment: Postgres has committed, or has run a statement that commits by itself, and the client
// does not hear of it. That happens a few times while the fault lasts.
func mishear(ctx context.Context, p *pgproxy.Proxy, statements []string, lasts time.Duration) (repair func() error) {
	ctx, cancel := context.WithTimeout(ctx, lasts)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; i < mostTimes && ctx.Err() == nil; i++ {
			statement := statements[i/2%len(statements)]
			h := p.AfterCommitOf(statement)
			if i%2 == 1 {
				h = p.Hold(statement, pgproxy.AfterExecute)
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
