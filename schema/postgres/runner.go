package postgres

import "context"

// runner runs statements: a database each in a transaction of its own, a transaction as part of it.
type runner interface {
	get(ctx context.Context, dest any, query string, args ...any) error
	exec(ctx context.Context, query string, args ...any) (int64, error)
}
