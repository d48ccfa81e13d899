package main

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"proactive/schema"
	"proactive/schema/postgres"
	"proactive/wording"
)

// previewOptions are the flags of preview.
type previewOptions struct{ issue, language, folder string }

// previewCommand shows an administrator what people will read.
func previewCommand() *cobra.Command {
	var o previewOptions
	c := &cobra.Command{
		Use:   "preview --issue PROVIDER/CODE",
		Short: "Show every message and page that people can get about a known issue",
		Long: `Show every mail, message on the desktop, document for webhooks and page that people can get about a deployed issue, with an example of
a person and a computer. Nobody is told anything. With --out the pages and mails are written to a folder instead, to be looked at in a browser.

Environment:
  DATABASE_URL   the database, postgres://user:password@host:port/name?sslmode=…`,
		Example: `  proactive preview --issue sn/100
  proactive preview --issue sn/100 --language de --out previews`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			db, err := postgres.Open(value("DATABASE_URL"))
			if err != nil {
				return err
			}
			defer db.Close()
			return preview(c.Context(), db, o, time.Now(), c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&o.issue, "issue", "", "the provider's code and the issue's, like sn/100")
	c.Flags().StringVar(&o.language, "language", "", "language of the person, like de (default the organisation's)")
	c.Flags().StringVar(&o.folder, "out", "", "folder to write the pages and mails to")
	c.MarkFlagRequired("issue") //nolint:errcheck // the flag exists
	return c
}

// registryViewer knows what registry rows say.
type registryViewer interface {
	RegistryView(ctx context.Context, provider, code, language string) (schema.View, error)
}

func preview(ctx context.Context, rows registryViewer, o previewOptions, now time.Time, out io.Writer) error {
	v, err := registryView(ctx, rows, o)
	if err != nil {
		return err
	}
	if v.Conversation.Mode == schema.Silent {
		_, err := fmt.Fprintf(out, "%s is silent: nobody is told anything.\n", o.issue)
		return err
	}
	previews, err := wording.Previews(v, now)
	if err != nil {
		return err
	}
	if o.folder == "" {
		for _, p := range previews {
			fmt.Fprintf(out, "──── %s ────\n%s\n", p.Name, p.Text)
		}
		return nil
	}
	if err := writePreviews(o.folder, o.issue, previews); err != nil {
		return fmt.Errorf("write the previews: %w", err)
	}
	_, err = fmt.Fprintln(out, "written:", filepath.Join(o.folder, "index.html"))
	return err
}

// registryView reads the row that the flags name. An error is a sentence.
func registryView(ctx context.Context, rows registryViewer, o previewOptions) (schema.View, error) {
	provider, code, named := strings.Cut(o.issue, "/")
	if !named || provider == "" || code == "" {
		return schema.View{}, errors.New("--issue must name the provider and the issue code, like sn/100")
	}
	v, err := rows.RegistryView(ctx, provider, code, o.language)
	switch {
	case errors.Is(err, schema.ErrNoRecord):
		return v, fmt.Errorf("no issue %s is deployed: see the issues of your catalogue, or load one with proactive apply", o.issue)
	case err == nil && v.Conversation.Mode != schema.Silent && v.Conversation.Resolution == "":
		return v, fmt.Errorf("issue %s has no resolution yet, so nothing can be said about it", o.issue)
	}
	return v, err
}

// assetPath is where pages find their stylesheet and the like, when they are served.
var assetPath = regexp.MustCompile(regexp.QuoteMeta(schema.ConversationPath) + `assets/([\w.-]+)`)

// writePreviews writes a folder that can be opened without a server.
func writePreviews(folder, issue string, previews []wording.Preview) error {
	files := map[string][]byte{}
	for _, p := range previews {
		if p.HTML == "" {
			continue
		}
		for _, m := range assetPath.FindAllStringSubmatch(p.HTML, -1) {
			files["assets/"+m[1]], _, _ = wording.Asset(m[1])
		}
		files[p.Name+".html"] = []byte(assetPath.ReplaceAllString(p.HTML, "assets/$1"))
	}
	var index strings.Builder
	if err := previewIndex.Execute(&index, map[string]any{"Issue": issue, "Previews": previews}); err != nil {
		return err
	}
	files["index.html"] = []byte(index.String())
	if err := os.MkdirAll(filepath.Join(folder, "assets"), 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, filepath.FromSlash(name)), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

var previewIndex = template.Must(template.New("index").Parse(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>{{.Issue}}</title></head>
<body style="font-family:system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem">
<h1>What people can get about {{.Issue}}</h1>
{{range .Previews}}{{if .HTML}}<p><a href="{{.Name}}.html">{{.Name}}</a></p>
{{else}}<details><summary>{{.Name}}</summary><pre style="white-space:pre-wrap">{{.Text}}</pre></details>
{{end}}{{end}}</body>
</html>
`))
