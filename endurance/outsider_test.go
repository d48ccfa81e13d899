package endurance

import (
	"encoding/binary"
	"hash/fnv"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// outsider is a server of somebody else's. It can be killed, stand still and be started again on its address; what it has noted it keeps, as
// in a database. One that is killed may still finish what it has begun: its answer is lost.
type outsider struct {
	address string
	handler http.Handler
	over    chan struct{} // closed at the end of the test

	mu     sync.Mutex
	server *http.Server
	still  chan struct{} // closed while it runs
}

func newOutsider(t *testing.T, handler http.Handler) *outsider {
	t.Helper()
	o := &outsider{address: freeAddress(t), handler: handler, over: make(chan struct{}), still: make(chan struct{})}
	close(o.still)
	require.NoError(t, o.start())
	t.Cleanup(o.kill)
	t.Cleanup(func() { close(o.over) })
	return o
}

func (o *outsider) start() error {
	listener, err := net.Listen("tcp", o.address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(o.serve), ReadHeaderTimeout: time.Minute}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.server = server
	go server.Serve(listener) //nolint:errcheck // it ends when it is killed
	return nil
}

func (o *outsider) kill() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.server.Close() //nolint:errcheck // nobody waits for it
}

func (o *outsider) pause() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.still = make(chan struct{})
}

// breaks lets a fault begin; repair ends it.
func (o *outsider) breaks(how string) (repair func() error) {
	if how == pauses {
		o.pause()
		return never(o.resume)
	}
	o.kill()
	return o.start
}

func (o *outsider) resume() {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.still)
}

// serve goes on with a request when the outsider does not stand still, also when nobody waits for the answer any more.
func (o *outsider) serve(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	still := o.still
	o.mu.Unlock()
	select {
	case <-still:
	case <-o.over:
	}
	o.handler.ServeHTTP(w, r)
}

// hang never answers.
func (o *outsider) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-o.over:
	}
}

// silence ends a connection without an answer.
func silence() { panic(http.ErrAbortHandler) }

// mood is how an outsider takes a request. The seed decides, by what the request is about and how often it has come: not by when it comes.
type mood string

const (
	well  mood = "well"
	fails mood = "fails" // 500, and nothing was done
	mute  mood = "mute"  // done, and the connection breaks
	deaf  mood = "deaf"  // not done, and the connection breaks
	hangs mood = "hangs" // done, and no answer comes
	gone  mood = "gone"  // 410
)

// odds are how many of a thousand requests meet a mood; the others are taken well.
type odds []struct {
	mood  mood
	parts int
}

// of is the mood of the nth request about something.
func (o odds) of(seed uint64, about string, n int) mood {
	h := fnv.New64a()
	h.Write([]byte(about))                                              //nolint:errcheck // it never fails
	h.Write(binary.LittleEndian.AppendUint64(nil, seed+uint64(n)*7919)) //nolint:errcheck // nor here
	drawn := int(h.Sum64() >> 16 % 1000)
	for _, one := range o {
		if drawn -= one.parts; drawn < 0 {
			return one.mood
		}
	}
	return well
}
