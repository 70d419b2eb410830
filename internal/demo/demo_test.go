package demo

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/service"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/store"
)

// TestLostMessagesAreToldInOrder: in that of the ledger, and not in a map's.
func TestLostMessagesAreToldInOrder(t *testing.T) {
	var out bytes.Buffer
	d, err := Start(&out, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	d.tokens = map[string]fake.Token{"models": fake.NewToken("models")}
	ended := service.Ended{Result: &run.Result{}, Delivered: service.Deliveries{Failed: map[string]string{}}}
	var want []string
	for i := range 50 {
		id := fmt.Sprintf("message-%02d", (i*7)%50)
		ended.Record.Deliveries = append(ended.Record.Deliveries, store.RunDelivery{ID: id})
		ended.Delivered.Failed[id] = id
		want = append(want, id)
	}
	d.Ran(&jobs.Job{Name: "models"}, ended)
	var got []string
	for _, found := range regexp.MustCompile(`NOT DELIVERED: (\S+)`).FindAllStringSubmatch(out.String(), -1) {
		got = append(got, found[1])
	}
	if !slices.Equal(got, want) {
		t.Errorf("told in the order %v, want %v", got, want)
	}
}
