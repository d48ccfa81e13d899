package stack

import (
	"context"
	"crypto/md5"
	"database/sql"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	_ "github.com/lib/pq" // the driver that the statements below need
)

//go:embed catalogue.yaml
var catalogue string

// Codes is how many issue codes there are that call the hook and close: "0", "1" and so on.
const Codes = 100

// template is the database that every world begins as.
const template = "template_of_worlds"

// people makes so many people: person.0, person.1 and so on, and a computer for each of the first hundred.
const people = `
	INSERT INTO sys_user (sys_id, user_name, first_name, email)
	SELECT md5('person ' || n), 'person.' || n, 'Person', 'person.' || n || '@example.com' FROM generate_series(0, $1 - 1) n`

const computers = `
	INSERT INTO cmdb_ci_computer (sys_id, name, assigned_to)
	SELECT md5('computer ' || n), 'computer-' || n, md5('person ' || n) FROM generate_series(0, least($1, 100) - 1) n`

// Computer is the sys_id of the nth computer, which is person n's.
func Computer(n int) string { return fmt.Sprintf("%x", md5.Sum(fmt.Appendf(nil, "computer %d", n))) }

func (s *Stack) makeTemplate(ctx context.Context) error {
	if err := s.Postgres.CreateDatabase(ctx, template, ""); err != nil {
		return err
	}
	url := s.Postgres.URL(template)
	if err := s.tell(ctx, url, "migrate"); err != nil {
		return err
	}
	if err := s.apply(ctx, url, s.catalogue()); err != nil {
		return err
	}
	db, err := sql.Open("postgres", url)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range []string{people, computers} {
		if _, err := db.ExecContext(ctx, statement, s.People); err != nil {
			return fmt.Errorf("make people: %w", err)
		}
	}
	_, err = db.ExecContext(ctx, "VACUUM ANALYZE")
	return err
}

func (s *Stack) catalogue() string {
	_, port, _ := strings.Cut(s.Hook.Address(), ":")
	text := strings.ReplaceAll(catalogue, "PORT", port)
	for code := range Codes {
		text += fmt.Sprintf("  - {provider: sn, issue_code: %q, short_description: Calls the hook, resolution: call, deployed: true}\n", fmt.Sprint(code))
	}
	return text
}

func (s *Stack) apply(ctx context.Context, database, catalogue string) error {
	file := filepath.Join(s.Dir, "catalogue.yaml")
	if err := os.WriteFile(file, []byte(catalogue), 0o600); err != nil {
		return err
	}
	return s.tell(ctx, database, "apply", "-f", file)
}

// tell runs a subcommand of proactive to its end.
func (s *Stack) tell(ctx context.Context, database string, args ...string) error {
	cmd := exec.CommandContext(ctx, s.Binary, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.Dir, "DATABASE_URL=" + database}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("proactive %v: %w: %s", args, err, out)
	}
	return nil
}
