package main

import (
	"os"
	"testing"

	"proactive/devstack/stacktest"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Run(m)) }
