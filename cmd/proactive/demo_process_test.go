package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Whoever started it may be gone before it first looks.
func TestTheDemoProcessEndsWhenItsParentIsGoneAlready(t *testing.T) {
	c := demoProcessCommand()
	c.SetArgs([]string{"--parent=1073741824"}) // larger than any process id
	ended := make(chan error, 1)
	go func() { ended <- c.ExecuteContext(t.Context()) }()
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(30 * time.Second):
		t.Fatal("it goes on without its parent")
	}
}
