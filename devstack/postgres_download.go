package devstack

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	embedded "github.com/fergusstrange/embedded-postgres"
)

// downloadable maps a major version to the build that is fetched for it; data folders of the others need an installed Postgres.
var downloadable = map[string]embedded.PostgresVersion{
	"": embedded.V17, "14": embedded.V14, "15": embedded.V15, "16": embedded.V16, "17": embedded.V17, "18": embedded.V18,
}

// download fetches Postgres's programs into the user's cache, once. The library only knows how to fetch and start in one go,
// so it starts a server in a folder of its own, stops it, and we keep the programs.
func download(ctx context.Context, major string, progress io.Writer) (binaries, error) {
	if os.Geteuid() == 0 {
		return binaries{}, errNoPostgres
	}
	version, known := downloadable[major]
	if !known {
		return binaries{}, fmt.Errorf("the data folder was made by Postgres %s, which is not here and cannot be downloaded: install it", major)
	}
	cache, err := cacheDir()
	if err != nil {
		return binaries{}, err
	}
	home := filepath.Join(cache, "postgres-"+string(version))
	found := binaries{dir: filepath.Join(home, "bin"), version: "postgres (PostgreSQL) " + string(version)}
	unlock, err := lockFile(ctx, home+".lock")
	if err != nil {
		return binaries{}, err
	}
	defer unlock()
	if holds(found.dir, "initdb") && holds(found.dir, "postgres") {
		return found, nil
	}
	fmt.Fprintf(progress, "No Postgres is installed here. Downloading version %s to %s, once.\n", version, home)
	return found, fetch(version, home)
}

func fetch(version embedded.PostgresVersion, home string) error {
	draft, err := os.MkdirTemp(filepath.Dir(home), "postgres-draft-")
	if err != nil {
		return fmt.Errorf("download Postgres: %w", err)
	}
	defer os.RemoveAll(draft)
	port, err := freePort()
	if err != nil {
		return err
	}
	programs := filepath.Join(draft, "programs")
	server := embedded.NewDatabase(embedded.DefaultConfig().Version(version).Port(uint32(port)).Logger(io.Discard).
		CachePath(filepath.Join(draft, "archive")).RuntimePath(filepath.Join(draft, "run")).BinariesPath(programs))
	if err := server.Start(); err != nil {
		return fmt.Errorf("download Postgres (without network, install it, for example with apt-get install postgresql): %w", err)
	}
	if err := server.Stop(); err != nil {
		return fmt.Errorf("download Postgres: %w", err)
	}
	if err := os.Rename(programs, home); err != nil {
		return fmt.Errorf("keep the downloaded Postgres: %w", err)
	}
	return nil
}
