package main

import (
	"context"
	"fmt"
	"io"
	"os"
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
		Long: `Write the catalogue from the database as YAML: to the standard output, to a file, or to a folder with one file a section, and several of a
large one. The same catalogue always gives the same text, in the order of the keys; what has its default is left out.

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
			db, err := postgres.OpenToLookBack(value("DATABASE_URL"))
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
	if folder, err := os.Stat(o.to); strings.HasSuffix(o.to, "/") || err == nil && folder.IsDir() {
		return exportFolder(ctx, db, only, o.to, folderFileSize)
	}
	text, err := exportText(ctx, db, only)
	if err != nil {
		return err
	}
	if o.to == "" {
		_, err = out.Write(text)
	} else {
		err = replaceFile(o.to, text)
	}
	return unwritten(err)
}

func unwritten(err error) error {
	if err != nil {
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

// exportText is all in one file, as long as plan and apply read it.
func exportText(ctx context.Context, db registry.Exporter, only []schema.Section) ([]byte, error) {
	var all []byte
	err := registry.Export(ctx, db, only, registry.MaxFileSize, func(file registry.File) error {
		if len(all) > 0 {
			all = append(all, '\n')
		}
		if all = append(all, file.Data...); len(all) > registry.MaxFileSize {
			return fmt.Errorf("the catalogue is larger than the %d MiB that plan and apply read of one file: write a folder, as in -o catalogue/%s",
				registry.MaxFileSize>>20, either(len(only) > 1, ", or fewer sections, with --section", ""))
		}
		return nil
	})
	return all, err
}
