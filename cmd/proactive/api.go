package main

import (
	"context"

	"github.com/spf13/cobra"
)

func apiCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "api",
		Short: "Run the HTTP API alone; it needs the database and holds no Temporal credentials",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return withSettings(c.Context(), serveAPI) },
	}
}

func serveAPI(ctx context.Context, s settings) error {
	db, err := openDatabase(s)
	if err != nil {
		return err
	}
	defer db.Close()
	warnWithoutLinkKey(s, apiWithoutLinkKey)
	return serveHTTP(ctx, s, db, newMetrics(db), func() string { return "served by a separate worker" })
}
