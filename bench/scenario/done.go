package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"proactive/bench/stack"
)

// doneness tells what has come of reports: whether one is done, how many are, and when each of them was.
type doneness interface {
	one(ctx context.Context, id string) (bool, error)
	count(ctx context.Context) (int, error)
	all(ctx context.Context) (map[string]time.Time, error)
}

// inPostgres looks for closed issues.
type inPostgres struct{ w *stack.World }

func (p inPostgres) one(ctx context.Context, id string) (done bool, err error) {
	err = p.w.DB.QueryRowContext(ctx,
		`SELECT EXISTS (SELECT FROM sn_pren_experience_issue WHERE experience_id = $1 AND closed_on IS NOT NULL)`, id).Scan(&done)
	return done, err
}

func (p inPostgres) count(ctx context.Context) (int, error) {
	n, err := p.w.Value(ctx, `SELECT count(*) FROM sn_pren_experience_issue WHERE closed_on IS NOT NULL`)
	return int(n), err
}

// all takes the last event of an issue for its end: closed_on is when that transaction began.
func (p inPostgres) all(ctx context.Context) (map[string]time.Time, error) {
	rows, err := p.w.DB.QueryContext(ctx, `
		SELECT i.experience_id, max(e.sys_created_on)
		  FROM sn_pren_experience_issue i JOIN sn_pren_experience_issue_event e ON e.issue = i.sys_id
		 WHERE i.closed_on IS NOT NULL
		 GROUP BY i.experience_id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]time.Time{}
	for rows.Next() {
		var id string
		var when time.Time
		if err := rows.Scan(&id, &when); err != nil {
			return nil, err
		}
		all[id] = when
	}
	return all, rows.Err()
}

// inRival asks a rival.
type inRival struct{ address string }

func (r inRival) one(ctx context.Context, id string) (bool, error) {
	answer, err := r.ask(ctx, "?id="+id)
	return string(answer) == "true", err
}

func (r inRival) count(ctx context.Context) (int, error) {
	answer, err := r.ask(ctx, "")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(answer))
}

func (r inRival) all(ctx context.Context) (all map[string]time.Time, err error) {
	answer, err := r.ask(ctx, "?all=1")
	if err == nil {
		err = json.Unmarshal(answer, &all)
	}
	return all, err
}

func (r inRival) ask(ctx context.Context, what string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.address+"/done"+what, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the rival answers %s", answer.Status)
	}
	return io.ReadAll(answer.Body)
}
