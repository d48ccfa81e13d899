package agent

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"proactive/schema"
)

// record is what the agent's disk knows of one job. It is written before the agent acts, and again with what came of it. It holds
// no parameters: the identity says what was acted on.
type record struct {
	Job          string               `json:"job"`
	ExperienceID string               `json:"experience_id"`
	Step         int                  `json:"step"`
	Attempt      int                  `json:"attempt"`
	Action       string               `json:"action"`
	Identity     json.RawMessage      `json:"identity,omitempty"`
	Result       *schema.ActionResult `json:"result,omitempty"`
	Acknowledged bool                 `json:"acknowledged"`
	Written      time.Time            `json:"written"`
}

// The bounds of what is kept about jobs that are over.
const (
	keepRecords = 500
	keepFor     = 14 * 24 * time.Hour
)

// journal keeps the records: one file each, always whole.
type journal struct {
	dir     string
	lock    *os.File
	records map[string]record
}

// openJournal reads what is there. A folder is one agent's alone: two would run a job twice.
func openJournal(dir string, log *slog.Logger) (*journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	j := &journal{dir: dir, lock: lock, records: map[string]record{}}
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	for _, name := range names {
		var r record
		text, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(text, &r)
		}
		if err != nil || r.Job != strings.TrimSuffix(filepath.Base(name), ".json") {
			log.Error("a record of a job is not readable; the server will declare its outcome unknown", "file", name, "error", err)
			continue
		}
		j.records[r.Job] = r
	}
	return j, nil
}

func (j *journal) close() { j.lock.Close() } //nolint:errcheck // nothing is buffered

// get gives what is known of a job.
func (j *journal) get(job string) (record, bool) {
	r, ok := j.records[job]
	return r, ok
}

// open are the records about which the server may still wait for word, oldest first.
func (j *journal) open() []record {
	var open []record
	for _, r := range j.records {
		if !r.Acknowledged {
			open = append(open, r)
		}
	}
	slices.SortFunc(open, func(a, b record) int { return a.Written.Compare(b.Written) })
	return open
}

// earlier are the identities that earlier attempts at the same step recorded before they acted.
func (j *journal) earlier(job schema.Job) (identities []json.RawMessage) {
	for _, r := range j.records {
		if r.ExperienceID == job.ExperienceID && r.Step == job.Step && r.Attempt < job.Attempt && r.Action == job.Action && len(r.Identity) > 0 {
			identities = append(identities, r.Identity)
		}
	}
	return identities
}

// put writes a record so that it outlives a loss of power, before it returns.
func (j *journal) put(r record) error {
	r.Written = time.Now().UTC()
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := writeFile(j.path(r.Job), text); err != nil {
		return err
	}
	j.records[r.Job] = r
	j.prune()
	return nil
}

// forget drops the record of a job that was not acted on.
func (j *journal) forget(job string) error {
	delete(j.records, job)
	return os.Remove(j.path(job))
}

func (j *journal) path(job string) string { return filepath.Join(j.dir, job+".json") }

// prune keeps the youngest records; one that the server has not acknowledged goes only by its age.
func (j *journal) prune() {
	var over []record
	for _, r := range j.records {
		if r.Acknowledged {
			over = append(over, r)
		} else if time.Since(r.Written) > keepFor && r.Result != nil {
			j.forget(r.Job) //nolint:errcheck // it is tried again with the next one
		}
	}
	slices.SortFunc(over, func(a, b record) int { return b.Written.Compare(a.Written) })
	for i, r := range over {
		if i >= keepRecords || time.Since(r.Written) > keepFor {
			j.forget(r.Job) //nolint:errcheck // it is tried again with the next one
		}
	}
}
