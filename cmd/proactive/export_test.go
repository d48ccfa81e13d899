package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/registry"
	"proactive/schema"
)

// catalogueOf is a store that holds one catalogue.
type catalogueOf schema.Catalogue

func (c catalogueOf) Catalogue(context.Context, []schema.Section) (schema.Catalogue, error) {
	return schema.Catalogue(c), nil
}

// people are n whose rows have some bytes.
func people(n, bytes int) catalogueOf {
	var c catalogueOf
	for i := range n {
		c.Users = append(c.Users, schema.User{SysID: fmt.Sprintf("%032x", i), UserName: fmt.Sprint("user.", i), FirstName: strings.Repeat("a", bytes), Active: true})
	}
	return c
}

func namesIn(t *testing.T, folder string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

func TestAFolderHoldsTheFilesOfTheLastExport(t *testing.T) {
	folder := t.TempDir()
	for _, own := range []string{"users-1.yaml", "users-001.txt", "users-2024.yaml", "computers-001.yaml", "readme.yaml"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, own), nil, 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(folder, "users-100.yaml"), 0o700))
	own := namesIn(t, folder)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "users-002.yaml.new"), []byte(registry.Heading(schema.SectionUsers)+"users: []\n"), 0o600), "of one that was killed")
	for _, export := range []struct {
		most  int
		files []string
	}{
		{1 << 20, []string{"users.yaml"}},
		{2000, []string{"users-001.yaml", "users-002.yaml", "users-003.yaml"}},
		{3000, []string{"users-001.yaml", "users-002.yaml"}},
		{1 << 20, []string{"users.yaml"}},
	} {
		require.NoError(t, exportFolder(t.Context(), people(5, 800), []schema.Section{schema.SectionUsers}, folder, export.most))
		require.ElementsMatch(t, append(export.files, own...), namesIn(t, folder), "most %d", export.most)
	}
}

func TestAnExportThatFailsLeavesAFolderAsItWas(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, exportFolder(t.Context(), people(1, 1), registry.Sections(), folder, folderFileSize))
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "properties.yaml.new", "in the way"), 0o700))
	before := namesIn(t, folder)

	err := exportFolder(t.Context(), people(2, 1), registry.Sections(), folder, folderFileSize)
	require.ErrorContains(t, err, "cannot write the catalogue: open ")
	require.Equal(t, before, namesIn(t, folder))
	text, err := os.ReadFile(filepath.Join(folder, "users.yaml"))
	require.NoError(t, err)
	require.NotContains(t, string(text), "user.1")
}

func TestAnExportThatPlanWouldNotReadIsNotWritten(t *testing.T) {
	const some = registry.MaxFileSize / 8
	path := filepath.Join(t.TempDir(), "catalogue.yaml")
	require.NoError(t, export(t.Context(), people(7, some), exportOptions{to: path}, io.Discard))
	before, err := os.ReadFile(path)
	require.NoError(t, err)

	for _, to := range []string{path, ""} {
		var out strings.Builder
		err = export(t.Context(), people(8, some), exportOptions{to: to}, &out)
		require.EqualError(t, err, "the catalogue is larger than the 4 MiB that plan and apply read of one file: write a folder, as in -o catalogue/, or fewer sections, with --section")
		require.Empty(t, out.String())
		err = export(t.Context(), people(8, some), exportOptions{to: to, sections: []string{"users"}}, &out)
		require.EqualError(t, err, "the catalogue is larger than the 4 MiB that plan and apply read of one file: write a folder, as in -o catalogue/")
	}
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, string(before) == string(after))
	require.NoError(t, export(t.Context(), people(8, some), exportOptions{to: filepath.Dir(path)}, io.Discard))
	require.Subset(t, namesIn(t, filepath.Dir(path)), []string{"users-001.yaml", "users-002.yaml", "users-003.yaml"})
}

func TestAllFilesTogetherAreBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "computers.yaml")
	require.NoError(t, os.WriteFile(path, []byte("# "+strings.Repeat("a", registry.MaxFileSize-2)), 0o600))
	var paths []string
	for range maxCatalogue / registry.MaxFileSize {
		paths = append(paths, path)
	}
	_, err := readCatalogue(paths, nil, io.Discard)
	require.NoError(t, err)
	_, err = readCatalogue(append(paths, path), nil, io.Discard)
	require.EqualError(t, err, "the files have more than 128 MiB together: take some at a time, and --prune or --prune-people only with all files of a section")
}
