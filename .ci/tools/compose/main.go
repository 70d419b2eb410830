// Compose loads compose files as `docker compose config` does, by the loader
// that it uses: a wrong key, a variable without a value and a volume that isn't
// declared are errors. It never starts anything.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	for _, file := range os.Args[1:] {
		if err := check(context.Background(), file); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			os.Exit(1)
		}
	}
}

// check takes variables from the environment only, so that what the file asks
// for is set by who calls.
func check(ctx context.Context, file string) error {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithOsEnv, cli.WithName("check"))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(ctx)
	if err != nil {
		return err
	}
	for _, s := range project.Services {
		fmt.Printf("%s: %s from %s\n", file, s.Name, s.Image)
	}
	return nil
}
