package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"speckle-runner/internal/build"
	"speckle-runner/internal/service"
)

// version is set by the linker; "": the build information has it.
var version string

func versionCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the platform",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(s.out).Encode(b)
			}
			_, err = fmt.Fprintf(s.out, "runner %s (%s, %s, %s)\n", b.Version, b.Commit, b.Go, b.Platform)
			return err
		},
	}
	s.formatFlag(command)
	return command
}

func thisBuild() build.Build { return build.This(version) }

func userAgent() string { return service.UserAgent(thisBuild().Version) }
