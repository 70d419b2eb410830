package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
)

// refuses is a sender that has the same answer to everything.
func refuses(answer store.DeliveryResult) func(context.Context, store.Delivery) store.DeliveryResult {
	return func(context.Context, store.Delivery) store.DeliveryResult { return answer }
}

// Each try of a message is told: to programs, and on the page of its run.
func TestEachTryIsTold(t *testing.T) {
	s := serve(t)
	run := s.ran("nightly", tick, successful())
	address := "/runs/" + run
	if text := page(t, s.ask("GET", address, browser), http.StatusOK); strings.Contains(text, "Each try") {
		t.Error("what was never tried has tries")
	}
	send := func(answer store.DeliveryResult) {
		t.Helper()
		if _, err := s.store.Deliver(t.Context(), run, 0, refuses(answer)); err != nil {
			t.Fatal(err)
		}
	}
	again := func() {
		t.Helper()
		if n, err := s.store.Redeliver(t.Context(), run); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	send(store.Retry(time.Hour, errors.New("answered 503: <b>busy</b> "+pasted)))
	again()
	send(store.Final(errors.New("answered 410 Gone")))
	again()
	send(store.Delivered("a login page"))

	got := decode[struct{ Deliveries []store.RunDelivery }](t, s.ask("GET", "/api/v1"+address), http.StatusOK).Deliveries[0].Tries
	if len(got) != 3 || got[0].Outcome != store.TryFailed || got[0].NextTry == nil || got[1].Outcome != store.TryRefused ||
		got[1].AskedAgainAt == nil || got[2].Outcome != store.TryDelivered || got[2].Note != "a login page" || got[2].FinishedAt == nil {
		t.Errorf("%+v", got)
	}
	text := page(t, s.ask("GET", address, browser), http.StatusOK)
	has(t, text, "Each try", "<strong>Try 1 failed</strong>", "answered 503: &lt;b&gt;busy&lt;/b&gt;", "<strong>Try 2 refused</strong>",
		"answered 410 Gone",
		"<strong>Try 3 delivered</strong>", ", but a login page")
	if n := strings.Count(text, "Asked to be sent again"); n != 2 {
		t.Errorf("%d times it was asked for again, want 2", n)
	}
	if strings.Contains(text, pasted) {
		t.Error("a token is shown")
	}
}
