package api

import (
	"net/http"
	"strconv"
	"sync"
)

// streams bounds how many pages listen at once, in this process and with one link.
type streams struct {
	mu     sync.Mutex
	all    int
	byLink map[mark]int
}

const (
	maxStreams     = 2000
	streamsOfALink = 6
)

func newStreams() *streams { return &streams{byLink: map[mark]int{}} }

// enter takes a place, which leave gives back; false when there is none.
func (s *streams) enter(link mark) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= maxStreams || s.byLink[link] >= streamsOfALink {
		return nil, false
	}
	s.all++
	s.byLink[link]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.byLink[link]--; s.byLink[link] == 0 {
			delete(s.byLink, link)
		}
	}, true
}

func tooManyStreams() *problem {
	return &problem{status: http.StatusTooManyRequests, message: "Too many pages listen",
		header: map[string]string{"Retry-After": strconv.Itoa(int(listenFor.Seconds()))}}
}
