package load

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A Sample is what came of some requests.
type Sample struct {
	Times  []time.Duration // of those that were answered with 200, from sending to the end of the answer
	Others map[int]int     // how many were answered with another status
	Took   time.Duration   // all of them together
	Other  string          // one of the other answers, to show
}

// PerSecond is how many were answered with 200 in a second.
func (s Sample) PerSecond() float64 { return float64(len(s.Times)) / s.Took.Seconds() }

// Clean is an error where something else than 200 was answered.
func (s Sample) Clean() error {
	if len(s.Others) > 0 {
		return fmt.Errorf("not all were taken: %v by status, one of them: %s", s.Others, s.Other)
	}
	return nil
}

// For sends requests for so long: each connection sends the next one when it has the answer to the last. request gives the kth.
func For(ctx context.Context, address string, connections int, long time.Duration, k *atomic.Int64, request func(k int) []byte) (Sample, error) {
	return drive(ctx, address, connections, func(began time.Time) ([]byte, bool) {
		return request(int(k.Add(1) - 1)), time.Since(began) < long
	})
}

// Times sends n requests in this way.
func Times(ctx context.Context, address string, connections, n int, request func(k int) []byte) (Sample, error) {
	var k atomic.Int64
	return drive(ctx, address, connections, func(time.Time) ([]byte, bool) {
		if i := int(k.Add(1) - 1); i < n {
			return request(i), true
		}
		return nil, false
	})
}

// drive ends with the first error of a connection; whatever was answered is an answer. It begins when all connections are there.
func drive(ctx context.Context, address string, connections int, next func(began time.Time) (request []byte, more bool)) (Sample, error) {
	all, err := dialAll(ctx, address, connections)
	if err != nil {
		return Sample{}, err
	}
	samples, errs := make([]Sample, connections), make([]error, connections)
	began := time.Now()
	var driving sync.WaitGroup
	for i, c := range all {
		driving.Go(func() {
			defer c.Close()
			samples[i], errs[i] = c.drive(ctx, func() ([]byte, bool) { return next(began) })
		})
	}
	driving.Wait()
	sum := Sample{Others: map[int]int{}, Took: time.Since(began)}
	for i, s := range samples {
		if errs[i] != nil {
			return sum, errs[i]
		}
		sum.Times = append(sum.Times, s.Times...)
		for status, n := range s.Others {
			sum.Others[status] += n
			sum.Other = s.Other
		}
	}
	return sum, ctx.Err()
}

func (c *connection) drive(ctx context.Context, next func() ([]byte, bool)) (Sample, error) {
	s := Sample{Others: map[int]int{}}
	for ctx.Err() == nil {
		request, more := next()
		if !more {
			break
		}
		began := time.Now()
		status, body, err := c.send(request)
		if err != nil {
			return s, err
		}
		if status == http.StatusOK {
			s.Times = append(s.Times, time.Since(began))
			continue
		}
		s.Others[status]++
		s.Other = string(body)
	}
	return s, nil
}

func dialAll(ctx context.Context, address string, connections int) (all []*connection, err error) {
	for range connections {
		c, err := dial(ctx, address)
		if err != nil {
			for _, c := range all {
				c.Close()
			}
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}
