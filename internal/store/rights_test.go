package store_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// role makes a role that may sign in, and gives the ledger's address for it.
func role(t *testing.T, dsn string) (name, its string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	name = "limited_" + strings.Trim(u.Path, "/")
	u.User = url.User(name)
	storetest.Exec(t, dsn, "CREATE ROLE "+name+" LOGIN")
	return name, u.String()
}

const grantAll = "GRANT USAGE, CREATE ON SCHEMA public TO %; GRANT ALL ON ALL TABLES IN SCHEMA public TO %; " +
	"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO %"

// may runs statements in which % is a role.
func may(t *testing.T, dsn, name, statements string) {
	t.Helper()
	for one := range strings.SplitSeq(statements, "; ") {
		storetest.Exec(t, dsn, strings.ReplaceAll(one, "%", name))
	}
}

// TestADatabaseThatIsNotThere is told in one line: the driver's told of a try without TLS first.
func TestADatabaseThatIsNotThere(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(storetest.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	wrong := func(change func(u *url.URL), want string) {
		t.Helper()
		its := *u
		change(&its)
		_, err := store.Open(t.Context(), its.String(), store.Options{Log: zerolog.Nop()})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s in one line", err, want)
		}
	}
	wrong(func(u *url.URL) { u.Path = "/nowhere" }, `"nowhere" does not exist (SQLSTATE 3D000); create it first, for example with createdb`)
	wrong(func(u *url.URL) { u.User = url.User("nobody_there") }, `role "nobody_there" does not exist`)
}

// TestALedgerThatMayOnlyBeReadIsRefusedAtTheStart: serve once began there, said that
// it was ready, and ran nothing. The refusal says who lacks what, and what grants it.
func TestALedgerThatMayOnlyBeReadIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	dsn := storetest.Empty(t)
	name, its := role(t, dsn)
	refused := func(what string, want ...string) {
		t.Helper()
		s, err := store.Open(t.Context(), its, store.Options{Log: zerolog.Nop(), Lock: true})
		if err == nil {
			_ = s.Close()
		}
		lacks := func(part string) bool { return !strings.Contains(err.Error(), part) }
		if !errors.Is(err, store.ErrRefused) || slices.ContainsFunc(want, lacks) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	refused("nothing may be made", "GRANT USAGE, CREATE ON SCHEMA", name)
	open(t, dsn)
	may(t, dsn, name, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO %")
	refused("it may be read", "user "+name+" doesn't have all rights to attempts, ", "GRANT ALL ON ALL TABLES")
	may(t, dsn, name, grantAll+"; REVOKE ALL ON SEQUENCE river_job_id_seq FROM %")
	refused("a sequence may not be used", "rights to river_job_id_seq;")
	may(t, dsn, name, grantAll+"; REVOKE DELETE ON token_ends FROM %")
	refused("a table may not be emptied", "rights to token_ends;")
	may(t, dsn, name, grantAll+"; ALTER ROLE % SET default_transaction_read_only = on")
	refused("its sessions read only", "target_session_attrs=read-write")
	open(t, its) // a question needs no more
	may(t, dsn, name, "ALTER ROLE % RESET default_transaction_read_only")
	open(t, its, locked)

	// No table is forgotten.
	s := open(t, dsn)
	if n, err := s.Count(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); err != nil || n != len(store.Tables) {
		t.Errorf("the ledger has %d tables, and %d are looked at (%v)", n, len(store.Tables), err)
	}
}

// TestRightsThatAreTakenAwayAreTold: while it works, too, and it goes on once they are back.
func TestRightsThatAreTakenAwayAreTold(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	open(t, dsn)
	name, its := role(t, dsn)
	may(t, dsn, name, grantAll)
	s := open(t, its, store.FastLeases)
	work(t, s, store.WorkOptions{Handler: func(context.Context, store.Claim) store.Outcome {
		return store.Outcome{State: store.Succeeded}
	}})
	may(t, dsn, name, "REVOKE UPDATE ON node_lease FROM %")
	awaitTrouble(t, s, "may be read and not written")
	if err := s.DownError(); !errors.Is(err, store.ErrRefused) || !strings.Contains(err.Error(), "GRANT ALL ON ALL TABLES") {
		t.Errorf("what is told: %v", err)
	}
	may(t, dsn, name, grantAll)
	enqueue(t, s, due("job", tick))
	awaitState(t, s, id("job"), store.Succeeded)
	storetest.Until(t, "all is well", 45*time.Second, func() bool { return s.DownError() == nil })
}

// awaitTrouble waits until the store says that of its database.
func awaitTrouble(t *testing.T, s *store.Store, want string) {
	t.Helper()
	storetest.Until(t, "the database "+want, 45*time.Second, func() bool {
		err := s.DownError()
		is, hint := s.Trouble(err)
		return err != nil && is == want && hint != ""
	})
}
