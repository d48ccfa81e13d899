package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"proactive/registry"
	"proactive/schema"
	"proactive/schema/postgres"
)

// registryCommand is what the owners of the registry do about templates that have changed.
func registryCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "registry",
		Short: "See what is deployed, how it differs from its templates, and decide what to do about that",
		Long: `See what is deployed, how it differs from its templates, and decide what to do about that.

ISSUE is PROVIDER/CODE, or the sys_id of the template or of the registry row. What was customised in the registry row is kept when its
template changes; docs/registry.md has the whole of it. The database is DATABASE_URL.`,
	}
	c.AddCommand(
		registryList(), registryCompare(),
		registryChange("update", "Take over what the template says by now, but for what was customised", schema.DeployUpdate),
		registryManual(),
		registryChange("ignore", "Leave the registry row as it is, until the template changes again", schema.DeployIgnore),
		registryDeploy(),
		registryChange("retire", "Refuse new reports of the issue; those that are open go on", schema.DeployRetire),
	)
	return c
}

func registryList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List all templates with the status of their registry rows", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withRegistry(func(db deployments) error { return listRegistry(c.Context(), db, c.OutOrStdout()) })
		},
	}
}

func registryCompare() *cobra.Command {
	return &cobra.Command{
		Use: "compare ISSUE", Short: "Compare field by field: as it was deployed, the template now, the registry row now", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withRegistry(func(db deployments) error { return compareRegistry(c.Context(), db, args[0], c.OutOrStdout()) })
		},
	}
}

func registryManual() *cobra.Command {
	c := registryChange("manual", "Mark that the owner takes the update over by hand, or with --done that this has been done", schema.DeployManual)
	c.Flags().Bool("done", false, "what was to be taken over has been")
	return c
}

func registryDeploy() *cobra.Command {
	c := registryChange("deploy", "Make the registry row from the template, or bring it back", schema.DeployWhole)
	c.Flags().Bool("overwrite", false, "give up what was customised")
	return c
}

// flagged are the flags that make another action of one.
var flagged = map[string]schema.DeploymentAction{"done": schema.DeployDone, "overwrite": schema.DeployOverwrite}

func registryChange(use, short string, action schema.DeploymentAction) *cobra.Command {
	var by string
	c := &cobra.Command{
		Use: use + " ISSUE", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			do := action
			for name, other := range flagged {
				if flag := c.Flags().Lookup(name); flag != nil && flag.Changed && flag.Value.String() == "true" {
					do = other
				}
			}
			return withRegistry(func(db deployments) error { return changeRegistry(c.Context(), db, args[0], do, by, c.OutOrStdout()) })
		},
	}
	c.Flags().StringVar(&by, "by", "registry", "who does this, for sys_updated_by")
	return c
}

// deployments is what there is in the registry, and what can be done about it.
type deployments interface {
	registry.DeploymentStore
	Deployments(ctx context.Context) ([]schema.Deployment, error)
	Deployment(ctx context.Context, key string) (schema.Deployment, error)
}

func withRegistry(do func(deployments) error) error {
	db, err := postgres.Open(value("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer db.Close()
	return do(db)
}

func listRegistry(ctx context.Context, db deployments, out io.Writer) error {
	all, err := db.Deployments(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ISSUE\tSTATUS\tACTIVE\tDEPLOYED\tTEMPLATE\tCUSTOMISED")
	for _, d := range all {
		fmt.Fprintf(table, "%s\t%s\t%t\t%d\t%d\t%s\n", d.Key(), d.Status(), d.Active, d.From.Number, d.Now.Number, oneLine(strings.Join(d.Customised(), ", ")))
	}
	return table.Flush()
}

func compareRegistry(ctx context.Context, db deployments, key string, out io.Writer) error {
	d, err := db.Deployment(ctx, key)
	if err != nil {
		return unknownIssue(key, err)
	}
	printStatus(out, d)
	if d.Registry == "" {
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "FIELD\tDEPLOYED (%d)\tTEMPLATE (%d)\tREGISTRY\t\n", d.From.Number, d.Now.Number)
	for _, f := range d.Fields {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", f.Name, oneLine(f.From), oneLine(f.Template), oneLine(f.Registry), marks(f))
	}
	return table.Flush()
}

// marks says what stands out about a field.
func marks(f schema.DeployedField) string {
	var said []string
	if f.Customised() {
		said = append(said, "customised")
	}
	if f.Updated() {
		said = append(said, "updated")
	}
	return strings.Join(said, ", ")
}

// oneLine keeps a text from breaking the table, or the terminal.
func oneLine(text string) string {
	if text == "" {
		return "-"
	}
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

func changeRegistry(ctx context.Context, db deployments, key string, action schema.DeploymentAction, by string, out io.Writer) error {
	d, err := registry.ChangeDeployment(ctx, db, key, action, by)
	if err != nil {
		return unknownIssue(key, err)
	}
	printStatus(out, d)
	return nil
}

func printStatus(out io.Writer, d schema.Deployment) {
	fmt.Fprintf(out, "%s: %s", d.Key(), d.Status())
	if d.Registry != "" && !d.Active {
		fmt.Fprint(out, ", retired")
	}
	if kept := d.Customised(); len(kept) > 0 {
		fmt.Fprintf(out, ", customised: %s", strings.Join(kept, ", "))
	}
	fmt.Fprintln(out)
}

func unknownIssue(key string, err error) error {
	if errors.Is(err, schema.ErrNoRecord) {
		return fmt.Errorf("there is no template %q: name it as PROVIDER/CODE or by its sys_id; proactive registry list has them all", key)
	}
	return err
}
