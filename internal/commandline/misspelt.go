package commandline

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// withoutFlag are the variables that no flag has.
var withoutFlag = []string{"RUNNER_WEB_TOKEN", "RUNNER_WEB_READONLY"}

// shortest is how long a name is, behind RUNNER_, that one letter more or less makes no other of.
const shortest = 5

// Misspelt tells of variables that nothing reads, and that are spelt nearly as one of a flag's is:
// what they say would be left out in silence. Others may begin with RUNNER_, too, as a job's own
// and those of GitHub's runners.
func Misspelt(command *cobra.Command) (warnings []string) {
	var set []string
	for _, entry := range os.Environ() {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "RUNNER") && value != "" {
			set = append(set, name)
		}
	}
	if len(set) == 0 {
		return nil
	}
	known := variables(command.Root())
	slices.Sort(set)
	for _, name := range set {
		if slices.Contains(known, name) {
			continue
		}
		if i := slices.IndexFunc(known, func(other string) bool { return nearlySame(name, other) }); i >= 0 {
			warnings = append(warnings, fmt.Sprintf("variable %s is read by nothing: did you mean %s?", name, known[i]))
		}
	}
	return warnings
}

// variables names those that any command reads.
func variables(root *cobra.Command) []string {
	known := slices.Clone(withoutFlag)
	collect := func(f *pflag.Flag) { known = append(known, VariableOf(f.Name)) }
	root.PersistentFlags().VisitAll(collect)
	all := root.Commands()
	for i := 0; i < len(all); i++ {
		all[i].LocalFlags().VisitAll(collect)
		all = append(all, all[i].Commands()...)
	}
	return known
}

func nearlySame(name, known string) bool {
	own, meant := strings.ReplaceAll(name, "_", ""), strings.ReplaceAll(known, "_", "")
	return own == meant || len(meant) >= len("RUNNER")+shortest && levenshtein.ComputeDistance(own, meant) == 1
}
