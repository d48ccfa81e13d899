package main

import (
	"os"
	"path/filepath"
)

// draft is a file that is written beside the one whose place it takes.
type draft struct{ path string }

// draftOf follows a link, which stays.
func draftOf(path string) draft {
	if linked, err := filepath.EvalSymlinks(path); err == nil {
		path = linked
	}
	return draft{path}
}

func (d draft) write(data []byte) error { return os.WriteFile(d.path+".new", data, 0o644) }

func (d draft) place() error { return os.Rename(d.path+".new", d.path) }

// discard leaves nothing behind of a draft that has not taken its place.
func (d draft) discard() { os.Remove(d.path + ".new") }

// replaceFile leaves the file as it is until all is written. A pipe or device is written to.
func replaceFile(path string, data []byte) error {
	if there, err := os.Stat(path); err == nil && !there.Mode().IsRegular() {
		return os.WriteFile(path, data, 0o644)
	}
	d := draftOf(path)
	defer d.discard()
	if err := d.write(data); err != nil {
		return err
	}
	return d.place()
}
