package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"go.temporal.io/sdk/temporal"
)

// FreeDiskSpace is a flow action: an activity that deletes files until as much is free as the parameters ask for.
//
// Temporal may run it again after it has done its work, when the answer was lost. So it works for a named piece of work
// (experience_id and step), not for a call: what was set aside counts, and what was answered once is answered again.
func (d *desk) FreeDiskSpace(_ context.Context, in ActionInput) (ActionResult, error) {
	var wanted struct {
		Megabytes int64 `json:"megabytes"`
	}
	if err := json.Unmarshal(in.Parameters, &wanted); err != nil || wanted.Megabytes <= 0 {
		return ActionResult{}, temporal.NewNonRetryableApplicationError("parameters.megabytes must be a number above 0", "InvalidParameters", nil)
	}
	work := fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", in.ExperienceID, in.Step)))
	if answer, err := d.answered(work); answer != nil || err != nil {
		return ActionResult{Status: succeeded, Message: "The space has been freed before.", Output: answer}, err
	}
	moved, err := d.setAside("moved/"+work, wanted.Megabytes<<20)
	if err != nil {
		return ActionResult{}, err // tried again
	}
	answer := fmt.Appendf(nil, `{"freed_megabytes":%d}`, moved>>20)
	if moved < wanted.Megabytes<<20 {
		return ActionResult{Status: failed, Message: fmt.Sprintf("Only %d of %d MB can be freed.", moved>>20, wanted.Megabytes), Output: answer},
			d.putBack("moved/" + work)
	}
	if err := errors.Join(d.answer(work, answer), d.RemoveAll("moved/"+work)); err != nil {
		return ActionResult{}, err
	}
	return ActionResult{Status: succeeded, Message: fmt.Sprintf("%d MB were freed.", moved>>20), Output: answer}, nil
}

// answered gives what the same work was answered before, else nil. Files left over from then are deleted.
func (d *desk) answered(work string) (json.RawMessage, error) {
	answer, err := d.ReadFile("done/" + work)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return answer, errors.Join(err, d.RemoveAll("moved/"+work))
}

// answer is whole or not there.
func (d *desk) answer(work string, answer []byte) error {
	if err := d.WriteFile("done/"+work+".draft", answer, 0o600); err != nil {
		return err
	}
	return d.Rename("done/"+work+".draft", "done/"+work)
}

// setAside moves files from the cache into dir until it holds size bytes, or there are no more, and tells how many it holds.
func (d *desk) setAside(dir string, size int64) (held int64, err error) {
	if err := d.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	if err := d.files(dir, func(f fs.FileInfo) error { held += f.Size(); return nil }); err != nil {
		return 0, err
	}
	err = d.files("cache", func(f fs.FileInfo) error {
		if held >= size {
			return nil
		}
		held += f.Size()
		return d.Rename("cache/"+f.Name(), dir+"/"+f.Name())
	})
	return held, err
}

func (d *desk) putBack(dir string) error {
	return d.files(dir, func(f fs.FileInfo) error { return d.Rename(dir+"/"+f.Name(), "cache/"+f.Name()) })
}

// files visits the ordinary files of dir in the order of their names.
func (d *desk) files(dir string, visit func(fs.FileInfo) error) error {
	entries, err := fs.ReadDir(d.FS(), dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			continue
		}
		if err := visit(info); err != nil {
			return err
		}
	}
	return nil
}
