package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"proactive/registry"
	"proactive/schema"
	"proactive/schema/postgres"
)

// exportOptions are the flags of export.
type exportOptions struct {
	sections []string
	to       string
}

// exportCommand writes the catalogue as files.
func exportCommand() *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use:   "export",
		Short: "Write the catalogue as YAML, which apply takes and plan finds as no change",
		Long: `Write the catalogue from the database as YAML: to the standard output, to a file, or to a folder with one file a section. The same
catalogue always gives the same text, in the order of the keys; what has its default is left out.

No password, key or secret is written. An account that has a password or an API key gets password_env: PROACTIVE_PASSWORD_NAME or
api_key_env: PROACTIVE_API_KEY_NAME, with its user_name in capitals and everything but letters and digits as _. While such a variable is not
set, apply keeps what is stored; in another database it must be set.

Sections: ` + strings.Join(sectionNames(), ", ") + `

The database is DATABASE_URL.`,
		Example: `  proactive export > catalogue.yaml
  proactive export -o catalogue/
  proactive export --section issues --section resolutions -o issues.yaml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			db, err := postgres.Open(value("DATABASE_URL"))
			if err != nil {
				return err
			}
			defer db.Close()
			return export(c.Context(), db, o, c.OutOrStdout())
		},
	}
	c.Flags().StringSliceVar(&o.sections, "section", nil, "a section to write; repeatable (default all)")
	c.Flags().StringVarP(&o.to, "output", "o", "", "a file, or a folder where it is one or ends with / (default the standard output)")
	return c
}

func sectionNames() []string {
	var names []string
	for _, section := range registry.Sections() {
		names = append(names, string(section))
	}
	return names
}

func export(ctx context.Context, db registry.Exporter, o exportOptions, out io.Writer) error {
	only, err := sectionsNamed(o.sections)
	if err != nil {
		return err
	}
	files, err := registry.Export(ctx, db, only)
	if err != nil {
		return err
	}
	if err := writeExport(files, o.to, out); err != nil {
		return fmt.Errorf("cannot write the catalogue: %w", err)
	}
	return nil
}

func sectionsNamed(names []string) ([]schema.Section, error) {
	if len(names) == 0 {
		return registry.Sections(), nil
	}
	var only []schema.Section
	for _, name := range names {
		if !slices.Contains(registry.Sections(), schema.Section(name)) {
			return nil, fmt.Errorf("there is no section %q: use %s", name, strings.Join(sectionNames(), ", "))
		}
		only = append(only, schema.Section(name))
	}
	return only, nil
}

func writeExport(files []registry.File, to string, out io.Writer) error {
	if folder, err := os.Stat(to); strings.HasSuffix(to, "/") || err == nil && folder.IsDir() {
		return writeFolder(files, to)
	}
	var all []byte
	for i, file := range files {
		if i > 0 {
			all = append(all, '\n')
		}
		all = append(all, file.Data...)
	}
	if to == "" {
		_, err := out.Write(all)
		return err
	}
	return replaceFile(to, all)
}

func writeFolder(files []registry.File, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, file := range files {
		if err := replaceFile(filepath.Join(folder, file.Name), file.Data); err != nil {
			return err
		}
	}
	return nil
}

// replaceFile writes beside the file and renames, as half a catalogue can be a whole one for apply --prune. A pipe or device is written to.
func replaceFile(path string, data []byte) error {
	if there, err := os.Stat(path); err == nil && !there.Mode().IsRegular() {
		return os.WriteFile(path, data, 0o644)
	}
	if linked, err := filepath.EvalSymlinks(path); err == nil {
		path = linked
	}
	draft := path + ".new"
	if err := os.WriteFile(draft, data, 0o644); err != nil {
		return err
	}
	return os.Rename(draft, path)
}
