package postgres

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/lib/pq"
)

// catalogueRow is a row of the catalogue as a statement takes it. In place of the sys_id of another row there is its natural key.
type catalogueRow struct {
	id, key string // a sys_id, and what people call the row; of a property both are its name
	columns byColumn
}

type byColumn map[string]any

func rowsOf[R any](rows []R, one func(R) catalogueRow) []catalogueRow {
	all := make([]catalogueRow, len(rows))
	for i, r := range rows {
		all[i] = one(r)
	}
	return all
}

// given is the JSON array of rows that a statement takes, signed by who writes them.
func (w *catalogueWriter) given(rows []catalogueRow) (string, error) {
	all := make([]byColumn, len(rows))
	for i, r := range rows {
		r.columns["sys_id"], r.columns["sys_updated_by"] = r.id, w.by
		all[i] = r.columns
	}
	text, err := json.Marshal(all)
	return string(text), err
}

// list is never null: the columns say that an empty list is '{}'.
func list[T ~string](texts []T) []T { return append([]T{}, texts...) }

// textArray is list as an argument of its own.
func textArray(texts []string) any { return pq.StringArray(list(texts)) }

func seconds(d time.Duration) int { return int(d / time.Second) }

// document is JSON as a text, which keeps it as it was written, or null.
func document(text json.RawMessage) any {
	if len(text) == 0 {
		return nil
	}
	return string(text)
}

func bytesOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// byteaOrNull is bytes as Postgres writes them in a text, or null.
func byteaOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return fmt.Sprintf(`\x%x`, b)
}
