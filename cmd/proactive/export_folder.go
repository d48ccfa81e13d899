package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"proactive/registry"
	"proactive/schema"
)

// folderFileSize bounds a file of a folder, in bytes: there is room for rows that people add before plan and apply find it too large.
const folderFileSize = registry.MaxFileSize / 2

// exportFolder writes all files before the first takes its place, as half a catalogue can be a whole one for apply --prune.
func exportFolder(ctx context.Context, db registry.Exporter, only []schema.Section, folder string, most int) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return unwritten(err)
	}
	var drafts []draft
	var names []string
	defer func() {
		for _, d := range drafts {
			d.discard()
		}
	}()
	err := registry.Export(ctx, db, only, most, func(file registry.File) error {
		d := draftOf(filepath.Join(folder, file.Name))
		drafts, names = append(drafts, d), append(names, file.Name)
		return unwritten(d.write(file.Data))
	})
	if err != nil {
		return err
	}
	for _, d := range drafts {
		if err := d.place(); err != nil {
			return unwritten(err)
		}
	}
	return unwritten(removeOthers(folder, only, names))
}

var fileOfSection = regexp.MustCompile(`^([a-z_]+)(-[0-9]{3,})?\.yaml(\.new)?$`)

// removeOthers removes what an earlier export has written of the sections, in more or fewer files, and this one has not: its rows are old. So are
// the drafts of one that was killed. What somebody has written by hand under such a name stays.
func removeOthers(folder string, only []schema.Section, written []string) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, file := range files {
		name := fileOfSection.FindStringSubmatch(file.Name())
		if name == nil || !slices.Contains(only, schema.Section(name[1])) || slices.Contains(written, file.Name()) {
			continue
		}
		path := filepath.Join(folder, file.Name())
		if exported, err := beginsWith(path, registry.Heading(schema.Section(name[1]))); err != nil || !exported {
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

func beginsWith(path, text string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	begin := make([]byte, len(text))
	_, err = io.ReadFull(file, begin)
	return string(begin) == text, err
}
