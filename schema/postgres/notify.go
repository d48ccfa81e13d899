package postgres

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

const (
	channel       = "proactive"
	betweenNotify = 50 * time.Millisecond // at most 20 NOTIFYs a second: each serialises the commits of the whole server
	afterFault    = time.Second
	maxNotify     = 7900 // bytes; Postgres takes less than 8000
	everything    = "*"
)

// Listen joins this process to the others: what rings here is told to them and the other way round, until Close. It needs
// two connections of its own. A database that is down is tried again in the background.
func (d *DB) Listen() error {
	listener := pq.NewListener(d.dsn, 100*time.Millisecond, 5*time.Second, nil)
	ctx, cancel := context.WithCancel(context.Background())
	me := schema.NewSysID()
	d.bell.mu.Lock()
	d.bell.outside = map[ring]struct{}{}
	d.bell.mu.Unlock()
	var running sync.WaitGroup
	running.Go(func() { d.hear(ctx, listener, me) })
	running.Go(func() { d.tell(ctx, me) })
	d.bell.stop = func() {
		cancel()
		listener.Close() //nolint:errcheck // only says that it was closed before
		running.Wait()
	}
	return nil
}

// hear passes on what other processes tell. After a lost connection everybody looks again, as a ring may have been missed.
func (d *DB) hear(ctx context.Context, listener *pq.Listener, me string) {
	go listener.Listen(channel) //nolint:errcheck // waits until the first connection; the listener repeats it after each further one
	for {
		select {
		case <-ctx.Done():
			return
		case n, ok := <-listener.Notify:
			if !ok {
				return
			}
			if n == nil {
				d.bell.wakeAll()
				continue
			}
			d.bell.heard(n.Extra, me)
		}
	}
}

// heard wakes for the lines "topic key" of a notification; its first line is its sender.
func (b *bell) heard(payload, me string) {
	lines := strings.Split(payload, "\n")
	if lines[0] == me {
		return
	}
	for _, line := range lines[1:] {
		if line == everything {
			b.wakeAll()
			return
		}
		topic, key, _ := strings.Cut(line, " ")
		b.mu.Lock()
		b.wake(ring{topic, key})
		b.mu.Unlock()
	}
}

// tell sends the collected rings to the other processes.
func (d *DB) tell(ctx context.Context, me string) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.bell.changed:
		}
		rings, dropped := d.bell.takeOutside()
		for _, payload := range payloads(me, rings, dropped) {
			pause := betweenNotify
			if _, err := d.exec(ctx, `SELECT pg_notify($1, $2)`, channel, payload); err != nil && ctx.Err() == nil {
				slog.Warn("could not wake the other processes; this is tried again", "error", err)
				d.bell.tellAll()
				pause = afterFault
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
	}
}

// payloads spreads rings over as few notifications as they fit in; when they are very many, one that wakes everybody.
func payloads(me string, rings []ring, dropped bool) []string {
	if dropped {
		return []string{me + "\n" + everything}
	}
	var all []string
	var now strings.Builder
	for _, r := range rings {
		line := "\n" + r.topic + " " + r.key
		if now.Len()+len(line) > maxNotify {
			all = append(all, now.String())
			now.Reset()
		}
		if now.Len() == 0 {
			now.WriteString(me)
		}
		now.WriteString(line)
	}
	if now.Len() > 0 {
		all = append(all, now.String())
	}
	return all
}
