package devstack

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// rootsData is where data goes when root asks for a folder that Postgres's user cannot reach, such as one below /root.
const rootsData = "/var/lib/proactive"

// An owner is the user that Postgres runs as when we are root, which Postgres refuses to be. Nil is ourselves.
type owner struct {
	name     string
	uid, gid int
}

// unprivileged is nil for an ordinary user, and for root the user postgres, else nobody.
func unprivileged() (*owner, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if err := errors.Join(uidErr, gidErr); err == nil {
			return &owner{name, uid, gid}, nil
		}
	}
	return nil, errors.New("postgres refuses to run as root and there is no user postgres or nobody: start this as an ordinary user")
}

// reaches reports whether o may enter dir: every folder on the way must let others pass.
func (o *owner) reaches(dir string) bool {
	if o == nil {
		return true
	}
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
		dir = filepath.Dir(dir)
	}
}

// takes makes o the owner of everything below path.
func (o *owner) takes(path string) error {
	if o == nil {
		return nil
	}
	return filepath.WalkDir(path, func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(p, o.uid, o.gid)
	})
}

// home makes the folder that was asked for, or one that o can reach in its stead, which is the same one next time.
func (o *owner) home(asked string) (string, error) {
	dir, err := filepath.Abs(asked)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the data folder: %w", err)
	}
	if o.reaches(dir) {
		return dir, nil
	}
	sum := sha256.Sum256([]byte(dir))
	instead := filepath.Join(rootsData, fmt.Sprintf("%s-%x", filepath.Base(dir), sum[:4]))
	if err := os.MkdirAll(instead, 0o755); err != nil {
		return "", fmt.Errorf("user %s cannot reach %s: choose a folder outside of root's home: %w", o.name, dir, err)
	}
	if !o.reaches(instead) {
		return "", fmt.Errorf("user %s can reach neither %s nor %s: choose another data folder", o.name, dir, instead)
	}
	return instead, nil
}
