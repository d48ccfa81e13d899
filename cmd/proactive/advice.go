package main

import (
	"errors"
	"os"

	"proactive/schema"
)

// advised adds to an error what can be done about it at this terminal, where only the environment tells.
func advised(err error) string {
	if errors.Is(err, schema.ErrUnavailable) && os.Getenv("DATABASE_URL") == "" {
		return err.Error() + "\nDATABASE_URL is not set, so its default was tried: set it; beside proactive dev paste the line \"export DATABASE_URL=…\" that dev prints"
	}
	return err.Error()
}
