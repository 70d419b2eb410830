package store_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// TestALedgerThatDoesNotOpenIsNotWaitedFor: one that another program has locked holds up
// neither what is wrong with the job file nor Ctrl-C.
func TestALedgerThatDoesNotOpenIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		locked := make(chan struct{})
		defer close(locked)
		ctx, interrupt := context.WithCancel(t.Context())
		o := store.Meanwhile(ctx, func(context.Context) (*store.Store, error) {
			<-locked // SQLite waits, whoever gives up
			return nil, errors.New("locked")
		})
		time.AfterFunc(time.Minute, interrupt)
		if _, err := o.Wait(); !errors.Is(err, context.Canceled) {
			t.Errorf("waited until %v", err)
		}
		unneeded := store.Meanwhile(t.Context(), func(context.Context) (*store.Store, error) {
			<-locked
			return nil, errors.New("locked")
		})
		began := time.Now()
		o.Close()
		unneeded.Close()
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("closed after %s", took)
		}
	})
}

func TestALedgerOpensMeanwhile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		o := store.Meanwhile(t.Context(), func(ctx context.Context) (*store.Store, error) {
			return store.Open(ctx, dsn, store.Options{})
		})
		s, err := o.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		o.Close()
		if err := s.Ping(t.Context()); err == nil {
			t.Error("it is still open")
		}
		refused := store.Meanwhile(t.Context(), func(ctx context.Context) (*store.Store, error) {
			return store.Open(ctx, "sqlite:", store.Options{})
		})
		if _, err := refused.Wait(); err == nil {
			t.Error("a ledger without a name was opened")
		}
		refused.Close()
		var none *store.Opening
		if s, err := none.Wait(); s != nil || err != nil {
			t.Errorf("of none: %v, %v", s, err)
		}
		none.Close()
	})
}
