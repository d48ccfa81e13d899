package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
)

func newDesk(t *testing.T) (*desk, string) {
	t.Helper()
	dir := t.TempDir()
	d, err := openDesk(dir)
	require.NoError(t, err)
	t.Cleanup(func() { d.Close() })
	return d, dir
}

// left counts what can still be freed.
func left(t *testing.T, dir string) int {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(dir, "cache"))
	require.NoError(t, err)
	return len(files)
}

func freeing(id string, parameters string) ActionInput {
	return ActionInput{ExperienceID: id, Step: 1, Parameters: []byte(parameters)}
}

func TestSpaceIsFreedOnceHoweverOftenTheActivityRuns(t *testing.T) {
	d, dir := newDesk(t)
	for range 3 {
		result, err := d.FreeDiskSpace(t.Context(), freeing("A1", `{"megabytes": 500}`))
		require.NoError(t, err)
		assert.Equal(t, succeeded, result.Status)
		assert.JSONEq(t, `{"freed_megabytes": 500}`, string(result.Output))
		assert.Equal(t, demoFiles-10, left(t, dir))
	}
	_, err := d.FreeDiskSpace(t.Context(), freeing("A2", `{"megabytes": 60}`))
	require.NoError(t, err)
	assert.Equal(t, demoFiles-12, left(t, dir), "another piece of work frees more")
}

func TestAnInterruptedAttemptGoesOnWhereItStopped(t *testing.T) {
	d, dir := newDesk(t)
	_, err := d.FreeDiskSpace(t.Context(), freeing("A1", `{"megabytes": 100}`))
	require.NoError(t, err)
	answers, err := os.ReadDir(filepath.Join(dir, "done"))
	require.NoError(t, err)
	work := answers[0].Name()

	// As it was before it answered: one file set aside, nothing written down.
	require.NoError(t, d.Remove("done/"+work))
	require.NoError(t, d.Mkdir("moved/"+work, 0o700))
	require.NoError(t, d.Rename("cache/02", "moved/"+work+"/02"))
	_, err = d.FreeDiskSpace(t.Context(), freeing("A1", `{"megabytes": 100}`))
	require.NoError(t, err)
	assert.Equal(t, demoFiles-4, left(t, dir))
}

func TestTooLittleSpaceIsAFailureThatDeletesNothing(t *testing.T) {
	d, dir := newDesk(t)
	result, err := d.FreeDiskSpace(t.Context(), freeing("A1", `{"megabytes": 2001}`))
	require.NoError(t, err)
	assert.Equal(t, failed, result.Status)
	assert.Equal(t, "Only 2000 of 2001 MB can be freed.", result.Message)
	assert.Equal(t, demoFiles, left(t, dir))
}

func TestParametersThatMakeNoSenseAreNotTriedAgain(t *testing.T) {
	d, _ := newDesk(t)
	for _, parameters := range []string{``, `{}`, `{"megabytes": -1}`, `{"megabytes": "all"}`} {
		_, err := d.FreeDiskSpace(t.Context(), freeing("A1", parameters))
		var application *temporal.ApplicationError
		require.ErrorAs(t, err, &application, parameters)
		assert.True(t, application.NonRetryable(), parameters)
	}
}

func TestAnIdIsNeverAPath(t *testing.T) {
	d, dir := newDesk(t)
	_, err := d.FreeDiskSpace(t.Context(), freeing("../../outside", `{"megabytes": 50}`))
	require.NoError(t, err)
	assert.NoFileExists(t, filepath.Join(dir, "..", "outside"))
	_, err = d.ReadFile("../outside")
	assert.ErrorContains(t, err, "escapes")
}
