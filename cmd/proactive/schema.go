package main

import (
	"github.com/spf13/cobra"

	"proactive/registry"
)

// schemaCommand is for editors.
func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the catalogue's files, for editors",
		Long: `Print the JSON Schema (draft 2020-12) of the catalogue's YAML files. With it an editor completes and checks while you write:
VS Code with the YAML extension, and whatever else runs yaml-language-server, take it from the first line of a file. What only the
database knows, such as whether a name exists, proactive plan checks.`,
		Example: `  proactive schema > catalogue.schema.json
  # yaml-language-server: $schema=./catalogue.schema.json     (the first line of catalogue.yaml)`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := c.OutOrStdout().Write(registry.FileSchema)
			return err
		},
	}
}
