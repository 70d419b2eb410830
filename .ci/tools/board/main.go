// Board writes what a board of Grafana asks Prometheus for as a file of rules, so
// that promtool can say whether it can be asked. It never talks to either.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type board struct {
	Panels []struct {
		Title   string
		Targets []struct{ Expr string }
	}
}

// variables stand for what Grafana fills in.
var variables = strings.NewReplacer("$__rate_interval", "5m", "$__range", "1d", "$job", ".*")

func main() {
	text, err := os.ReadFile(os.Args[1])
	var b board
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
	fmt.Println("groups:\n- name: board\n  rules:")
	n := 0
	for _, p := range b.Panels {
		for _, target := range p.Targets {
			n++
			fmt.Printf("  # %s\n  - record: board_%d\n    expr: %q\n", p.Title, n, variables.Replace(target.Expr))
		}
	}
}
