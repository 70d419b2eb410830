package store_test

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

var update = flag.Bool("update", false, "write what a new SQLite file is made with")

// A new SQLite file isn't led through all migrations, and has to hold what they leave.
// After a change of them, or of River's: go test -run NewFile -update
func TestANewFileIsAsMigrationsLeaveIt(t *testing.T) {
	t.Parallel()
	dsn := storetest.SQLite(t)
	if err := store.MigrateEmpty(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	want := contents(t, dsn)
	if *update {
		if err := os.WriteFile(store.NewFile, []byte(want.statements()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dsn = storetest.SQLite(t)
	if err := open(t, dsn).Close(); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, dsn); got.String() != want.String() {
		t.Errorf("a new file (-update writes it, for the next run) has\n%s\nand not, as after the migrations,\n%s", got, want)
	}
}

// tables are what an SQLite file was made with, and the rows in it.
type tables struct{ made, rows []string }

func (x tables) String() string { return strings.Join(append(x.made, x.rows...), "\n") }

func (x tables) statements() string {
	text := "-- A new ledger and its queue, as the migrations leave them: go test ./internal/store -run NewFile -update\n"
	for _, s := range append(x.made, x.rows...) {
		if !strings.Contains(s, " ledger_version ") || strings.HasPrefix(s, "CREATE") {
			text += s + ";\n"
		}
	}
	return text
}

func contents(t *testing.T, dsn string) (found tables) {
	t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(dsn, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	names := column(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
	found.made = column(t, db, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid")
	for _, name := range names {
		columns := column(t, db, fmt.Sprintf("SELECT name FROM pragma_table_info('%s') WHERE name <> 'created_at'", name))
		list := strings.Join(columns, ", ")
		rows := column(t, db, fmt.Sprintf("SELECT concat_ws(', ', quote(%s)) FROM %s ORDER BY 1", strings.Join(columns, "), quote("), name))
		for _, row := range rows {
			found.rows = append(found.rows, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", name, list, row))
		}
	}
	return found
}

// column gives the one column that a query has.
func column(t *testing.T, db *sql.DB, query string) (found []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		found = append(found, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}
