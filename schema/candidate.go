package schema

import "time"

// Candidate is an unfinished issue that may be lost, as it stood when it was read. Whoever acts on it acts only if it still
// stands so.
type Candidate struct {
	SysID        string    `db:"sys_id"`
	ExperienceID string    `db:"experience_id"`
	Step         int       `db:"step"`
	State        State     `db:"state"`
	DueAt        time.Time `db:"due_at"`
	Overdue      float64   `db:"overdue"` // in seconds, by Postgres's clock; 0 where nobody asked
}
