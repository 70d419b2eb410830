package main

import (
	"github.com/spf13/cobra"

	"speckle-runner/internal/jobs/shape"
)

func schemaCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of job files, for editors",
		Long: `Print the JSON Schema of job files. Save it beside a job file and name it in the job
file's first line; editors then complete and check what you write:

  runner schema > jobs.schema.json
  # yaml-language-server: $schema=./jobs.schema.json`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			text, err := shape.SchemaJSON()
			if err != nil {
				return err
			}
			_, err = s.out.Write(text)
			return err
		},
	}
}
