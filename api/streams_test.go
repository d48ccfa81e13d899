package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlySoManyPagesListenAtOnce(t *testing.T) {
	s := newStreams()
	var leave func()
	for i := range maxStreams {
		left, ok := s.enter(mark{byte(i), byte(i >> 8)})
		require.True(t, ok)
		leave = left
	}
	_, ok := s.enter(mark{31: 1})
	require.False(t, ok)
	leave()
	leave, ok = s.enter(mark{31: 1})
	require.True(t, ok)
	leave()
	require.Len(t, s.byLink, maxStreams-1, "a link that nobody listens with is forgotten")
}
