package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/rogpeppe/go-internal/testscript"
)

// parquetOf FILE…: prints each file's columns with their types, and its number
// of rows.
func parquetOf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: parquet FILE…")
	}
	for _, name := range args {
		text, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		file, err := parquet.OpenFile(strings.NewReader(string(text)), int64(len(text)))
		ts.Check(err)
		fmt.Fprintf(ts.Stdout(), "%s: %d rows\n", name, file.NumRows())
		for _, f := range file.Schema().Fields() {
			kind, _, _ := strings.Cut(f.Type().String(), "(")
			fmt.Fprintf(ts.Stdout(), "%s %s\n", f.Name(), kind)
		}
	}
}

// sameSchema FILE FILE…: Parquet files that can be read as one table.
func sameSchema(ts *testscript.TestScript, neg bool, args []string) {
	var first string
	for i, name := range args {
		text, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		file, err := parquet.OpenFile(strings.NewReader(string(text)), int64(len(text)))
		ts.Check(err)
		schema := file.Schema().String()
		if i == 0 {
			first = schema
		} else if (schema == first) == neg {
			ts.Fatalf("%s: %s\n%s: %s", args[0], first, name, schema)
		}
	}
}
