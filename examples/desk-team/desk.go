package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// desk is the folder in which this team's actions do what they do:
//
//	cache/  what may go when space is needed
//	moved/  what an unfinished FreeDiskSpace has set aside, a folder for each
//	done/   what each finished FreeDiskSpace answered
//	vpn     "on" or "off"
//
// It is an os.Root, so that no name, whoever made it, leads out of it.
type desk struct{ *os.Root }

const (
	demoFiles    = 40
	demoFileSize = 50 << 20 // sparse: it takes no room
)

// openDesk prepares the folder. A new one gets 2000 MB of sparse files that may be freed.
func openDesk(dir string) (*desk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	d := &desk{root}
	if err := d.prepare(); err != nil {
		root.Close()
		return nil, fmt.Errorf("prepare %s: %w", dir, err)
	}
	return d, nil
}

func (d *desk) prepare() error {
	for _, name := range []string{"moved", "done"} {
		if err := d.MkdirAll(name, 0o700); err != nil {
			return err
		}
	}
	err := d.Mkdir("cache", 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	for i := 0; i < demoFiles && err == nil; i++ {
		err = d.demoFile(fmt.Sprintf("cache/%02d", i))
	}
	return err
}

func (d *desk) demoFile(name string) error {
	f, err := d.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(demoFileSize), f.Close())
}
