package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestErasingAsksNobodyWhereNobodySits(t *testing.T) {
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer null.Close()
	var asked strings.Builder
	require.False(t, confirmed(t.Context(), "abel.tuter", null, &asked), "cron and containers")
	require.False(t, confirmed(t.Context(), "abel.tuter", strings.NewReader("abel.tuter\n"), &asked), "a pipe")
	require.Empty(t, asked.String())
}
