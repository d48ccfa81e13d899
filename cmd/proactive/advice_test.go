package main

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADatabaseThatNobodyNamedAndThatIsAwayIsToldWithItsVariable(t *testing.T) {
	_, _, err := applying(t, "providers: []", "-f", "-")
	require.ErrorContains(t, err, "the database is out of reach")
	require.Equal(t, err.Error(), advised(err), "who named it knows where it is")

	t.Setenv("DATABASE_URL", "")
	require.Contains(t, advised(err), err.Error()+"\nDATABASE_URL is not set")
	require.Equal(t, "no", advised(errors.New("no")))
}
