package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"proactive/registry"
	"proactive/schema"
	"proactive/schema/postgres"
)

// applyCommand loads the catalogue.
func applyCommand() *cobra.Command {
	var paths []string
	var by string
	c := &cobra.Command{
		Use:   "apply -f FILE...",
		Short: "Load the catalogue from YAML: who may report, the known issues and what helps",
		Long: `Load the catalogue from YAML files into the database: providers, people, user criteria, notification channels, accounts,
computers, remedial actions, resolutions, notification contents, issues and properties. All files are one catalogue and are applied in one transaction, all or nothing.
Rows that are as the files say stay untouched, rows that the files do not name too; so a second run changes nothing.

What changed goes to the standard output, warnings and errors go to the standard error, each with file, line and field. The exit
code is 1 when nothing could be applied.

The database is DATABASE_URL.`,
		Example: `  proactive apply -f catalogue.yaml
  proactive apply -f people.yaml -f issues.yaml
  generate-catalogue | proactive apply -f -`,
		RunE: func(c *cobra.Command, more []string) error {
			return apply(c.Context(), append(paths, more...), by, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringArrayVarP(&paths, "file", "f", nil, "a file of the catalogue, or - for the standard input; repeatable")
	c.Flags().StringVar(&by, "by", "apply", "who does this, for sys_created_by and sys_updated_by")
	return c
}

func apply(ctx context.Context, paths []string, by string, in io.Reader, out, warn io.Writer) error {
	if len(paths) == 0 {
		return errors.New("nothing to apply: name a file with -f FILE, or -f - for the standard input")
	}
	catalogue, err := readCatalogue(paths, in, warn)
	if err != nil {
		return printed(warn, err)
	}
	db, err := postgres.Open(value("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer db.Close()
	changes, err := registry.Apply(ctx, db, catalogue, by)
	if err != nil {
		return printed(warn, err)
	}
	printProblems(warn, changes.Warnings)
	printChanges(out, changes.Rows)
	return nil
}

func readCatalogue(paths []string, in io.Reader, warn io.Writer) (*registry.Catalogue, error) {
	var files []registry.File
	for _, path := range paths {
		file, err := readFile(path, in)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	catalogue, warnings, err := registry.Read(files...)
	printProblems(warn, warnings)
	return catalogue, err
}

// readFile reads one byte more than registry.Read takes, so that it says which file is too large.
func readFile(path string, in io.Reader) (registry.File, error) {
	name := path
	if path == "-" {
		name = "standard input"
	} else {
		f, err := os.Open(path)
		if err != nil {
			return registry.File{}, fmt.Errorf("cannot read the catalogue: %w", err)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, registry.MaxFileSize+1))
	if err != nil {
		return registry.File{}, fmt.Errorf("cannot read the catalogue: %w", err)
	}
	return registry.File{Name: name, Data: data}, nil
}

// printed prints all that is wrong with a catalogue, one place a line as editors understand it, and leaves the sum of it.
func printed(to io.Writer, err error) error {
	var problems registry.Problems
	if !errors.As(err, &problems) {
		return err
	}
	fmt.Fprintln(to, problems)
	if len(problems) == 1 {
		return errors.New("nothing was applied: one mistake in the catalogue")
	}
	return fmt.Errorf("nothing was applied: %d mistakes in the catalogue", len(problems))
}

func printProblems(to io.Writer, problems []registry.Problem) {
	for _, p := range problems {
		fmt.Fprintln(to, "warning:", p)
	}
}

// printChanges lists what changed under the name of its section.
func printChanges(to io.Writer, changes []schema.Change) {
	if len(changes) == 0 {
		fmt.Fprintln(to, "nothing changed")
		return
	}
	var section schema.Section
	for _, change := range changes {
		if change.Section != section {
			section = change.Section
			fmt.Fprintf(to, "%s:\n", section)
		}
		fmt.Fprintf(to, "  %-9s  %s\n", change.What, change.Key)
	}
}
