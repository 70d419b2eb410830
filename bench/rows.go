package main

import (
	"fmt"
	"slices"
	"strings"
)

// row is one measurement. A new one is an entry here and a file row_NAME.go
// beside this one.
type row struct {
	name    string
	about   string
	measure func(*lab) ([]line, error)
}

func rows() []row {
	return []row{
		{"ndjson", "625,000 records of 800 bytes, 1,000 a page, to NDJSON", measureNDJSON},
		{"memory", "peak memory of that, and of twice as much", measureMemory},
		{"tables", "the same to every other format", measureTables},
		{"elements", "a bundle of 1 and 10 million property rows, to CSV", measureElements},
		{"small", "a job of one request, process start to exit", measureSmall},
		{"for_each", "200 items, and 32, from a server that needs 150 ms for a request, whatever it asks for", measureForEach},
		{"tick", "serve: a tick to its request on the wire, one job", measureTick},
		{"due", "serve: 1,000 and 10,000 jobs due in the same second", measureDue},
		{"idle", "serve: 10,000 jobs, none due", measureIdle},
		{"pages", "serve: each page of the dashboard, 10,000 jobs and 1,000,000 runs in SQLite", measurePages},
		{"year", "the ledger of a year of 200 nightly jobs in SQLite: its size, each page, each command", measureYear},
		{"nodes", "serve: two nodes on PostgreSQL, and one of them killed", measureNodes},
	}
}

func rowNames() []string {
	var names []string
	for _, r := range rows() {
		names = append(names, r.name)
	}
	return names
}

// chooseRows gives the rows of a list of names, all for an empty one.
func chooseRows(list string) ([]row, error) {
	all := rows()
	if list == "" {
		return all, nil
	}
	var chosen []row
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(all, func(r row) bool { return r.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("-row %q: there are %s", name, strings.Join(rowNames(), ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
